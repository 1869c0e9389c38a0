import GraftTensor

/// A transposed convolution, which makes images larger by its stride.
///
/// Input N,H,W,I; output N,H′,W′,O. Parameters `kernel` (height, width, O, I, as Keras stores it; glorot uniform) and
/// `bias` (O; zeros).
///
/// ```swift
/// let layer = ConvTranspose2D(
///   inputs: 1, outputs: 1, kernelSize: 64, stride: 32, padding: .same, usesBias: false,
///   kernelInitializer: .bilinear, random: random)  // 7×7 becomes 224×224
/// ```
public final class ConvTranspose2D: Module {
  /// Height, width, O, I.
  public let kernel: Parameter
  /// O values, or none.
  public let bias: Parameter?
  /// Vertical and horizontal.
  public let strides: (Int, Int)
  /// The border that is cropped; see ``transposedConvolution2D(_:kernel:strides:padding:algorithm:)``.
  public let padding: Padding
  /// The function that is applied to the result.
  public let activation: ActivationFunction

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - inputs: channels that come in.
  ///   - outputs: channels that go out.
  ///   - kernelSize: height and width of the kernel.
  ///   - strides: how much larger the images become, vertically and horizontally.
  ///   - padding: `same` makes the output input × stride long.
  ///   - usesBias: whether a learned constant is added to each channel.
  ///   - activation: what is applied last.
  ///   - kernelInitializer: how the kernel begins.
  ///   - kernelPenalty: what the kernel's size adds to the loss.
  ///   - random: what the kernel is drawn from.
  public init(
    inputs: Int, outputs: Int, kernelSize: (Int, Int), strides: (Int, Int), padding: Padding = .valid,
    usesBias: Bool = true, activation: ActivationFunction = .linear,
    kernelInitializer: Initializer = .glorotUniform, kernelPenalty: L2? = nil, random: RandomStream
  ) {
    kernel = Parameter(
      [kernelSize.0, kernelSize.1, outputs, inputs], penalty: kernelPenalty, initializer: kernelInitializer,
      random: random.child("kernel"))
    bias = usesBias ? Parameter([outputs], initializer: .zeros, random: random) : nil
    self.strides = strides
    self.padding = padding
    self.activation = activation
  }

  /// Creates the layer with a square kernel and the same stride both ways; the rest is as above.
  public convenience init(
    inputs: Int, outputs: Int, kernelSize: Int, stride: Int, padding: Padding = .valid, usesBias: Bool = true,
    activation: ActivationFunction = .linear, kernelInitializer: Initializer = .glorotUniform,
    kernelPenalty: L2? = nil, random: RandomStream
  ) {
    self.init(
      inputs: inputs, outputs: outputs, kernelSize: (kernelSize, kernelSize), strides: (stride, stride),
      padding: padding, usesBias: usesBias, activation: activation, kernelInitializer: kernelInitializer,
      kernelPenalty: kernelPenalty, random: random)
  }

  /// `kernel`, then `bias`.
  public var members: [Member] {
    [.parameter("kernel", kernel)] + (bias.map { [.parameter("bias", $0)] } ?? [])
  }

  /// Two for each element of the kernel, at each place of the input.
  public func operationCount(forOutput shape: Tensor.Shape) -> Int {
    2 * kernel.shape.scalarCount * shape.dropLast().reduce(1, *) / (strides.0 * strides.1)
  }

  /// Computes N,H′,W′,O from N,H,W,I.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    var output = transposedConvolution2D(
      input, kernel: context.value(of: kernel), strides: strides, padding: padding)
    if let bias { output = output + context.value(of: bias) }
    return context.observed(activation(output), of: self)
  }
}
