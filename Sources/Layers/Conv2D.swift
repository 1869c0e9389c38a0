import GraftTensor

/// A convolution of images.
///
/// Input N,H,W,I; output N,H′,W′,O. Parameters `kernel` (height, width, I / groups, O; glorot uniform) and `bias` (O;
/// zeros), as Keras has them. A ReLU is computed in the same pass over memory.
///
/// ```swift
/// let layer = Conv2D(inputs: 64, outputs: 128, kernelSize: 3, padding: .same, activation: .relu, random: random)
/// ```
public final class Conv2D: Module {
  /// Height, width, I / groups, O.
  public let kernel: Parameter
  /// O values, or none.
  public let bias: Parameter?
  /// Vertical and horizontal.
  public let strides: (Int, Int)
  /// The border around the images, of zeros.
  public let padding: Padding
  /// The distance between neighbouring kernel elements, vertically and horizontally; 1 is a dense kernel.
  public let dilations: (Int, Int)
  /// Into how many independent parts the channels are divided.
  public let groups: Int
  /// The function that is applied to the result.
  public let activation: ActivationFunction
  let foldedKernels = FoldedKernels()

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - inputs: channels that come in.
  ///   - outputs: channels that go out.
  ///   - kernelSize: height and width of the kernel.
  ///   - strides: vertical and horizontal.
  ///   - padding: what lies around the images; none by default, as in Keras.
  ///   - dilations: vertical and horizontal.
  ///   - groups: `inputs` of them make the convolution depthwise.
  ///   - usesBias: whether a learned constant is added to each channel.
  ///   - activation: what is applied last.
  ///   - kernelInitializer: how the kernel begins.
  ///   - kernelPenalty: what the kernel's size adds to the loss.
  ///   - random: what the kernel is drawn from.
  public init(
    inputs: Int, outputs: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1),
    padding: Padding = .valid, dilations: (Int, Int) = (1, 1), groups: Int = 1, usesBias: Bool = true,
    activation: ActivationFunction = .linear, kernelInitializer: Initializer = .glorotUniform,
    kernelPenalty: L2? = nil, random: RandomStream
  ) {
    require(
      groups > 0 && inputs % groups == 0, "\(inputs) channels cannot be divided into \(groups) groups.")
    kernel = Parameter(
      [kernelSize.0, kernelSize.1, inputs / groups, outputs], penalty: kernelPenalty,
      initializer: kernelInitializer,
      random: random.child("kernel"))
    bias = usesBias ? Parameter([outputs], initializer: .zeros, random: random) : nil
    self.strides = strides
    self.padding = padding
    self.dilations = dilations
    self.groups = groups
    self.activation = activation
  }

  /// Creates the layer with a square kernel, and the same stride and dilation both ways; the rest is as above.
  public convenience init(
    inputs: Int, outputs: Int, kernelSize: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
    groups: Int = 1, usesBias: Bool = true, activation: ActivationFunction = .linear,
    kernelInitializer: Initializer = .glorotUniform, kernelPenalty: L2? = nil, random: RandomStream
  ) {
    self.init(
      inputs: inputs, outputs: outputs, kernelSize: (kernelSize, kernelSize), strides: (stride, stride),
      padding: padding, dilations: (dilation, dilation), groups: groups, usesBias: usesBias,
      activation: activation, kernelInitializer: kernelInitializer, kernelPenalty: kernelPenalty,
      random: random)
  }

  /// `kernel`, then `bias`.
  public var members: [Member] {
    [.parameter("kernel", kernel)] + (bias.map { [.parameter("bias", $0)] } ?? [])
  }

  /// A convolution that takes up a batch normalisation and a ReLU after it.
  public var inferencePlan: [InferenceStep] {
    [FoldedConvolution(self).map { InferenceStep(.convolution($0)) } ?? .layer(self)]
  }

  /// Two for each element of the kernel, at each place of the output.
  public func operationCount(forOutput shape: Tensor.Shape) -> Int {
    2 * kernel.shape.scalarCount * shape.dropLast().reduce(1, *)
  }

  /// Gives up folded kernels, and what the compute library made of the parameters.
  public func releaseInferenceForms() {
    foldedKernels.release()
    for (_, parameter) in parameters { parameter.value.releasePackedForms() }
  }

  /// Computes N,H′,W′,O from N,H,W,I.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let output = convolution2D(
      input, kernel: context.value(of: kernel), bias: bias.map(context.value(of:)), strides: strides,
      padding: padding, dilations: dilations, groups: groups, fusedReLU: activation == .relu,
      algorithm: context.convolutionAlgorithm)
    return context.observed(activation == .relu ? output : activation(output), of: self)
  }
}
