import GraftTensor

/// A fully connected layer: y = activation(x · kernel + bias).
///
/// Input N,I; output N,O. Parameters `kernel` (I,O; glorot uniform) and `bias` (O; zeros), as Keras has them.
///
/// ```swift
/// let layer = Dense(inputs: 25_088, outputs: 10, activation: .relu, random: RandomStream(seed: 1))
/// ```
public final class Dense: Module {
  /// I,O.
  public let kernel: Parameter
  /// O values, or none.
  public let bias: Parameter?
  /// The function that is applied to the result.
  public let activation: ActivationFunction

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - inputs: how many values each sample has.
  ///   - outputs: how many each gets.
  ///   - usesBias: whether a learned constant is added.
  ///   - activation: what is applied last.
  ///   - kernelInitializer: how the kernel begins.
  ///   - kernelPenalty: what the kernel's size adds to the loss.
  ///   - random: what the kernel is drawn from.
  public init(
    inputs: Int, outputs: Int, usesBias: Bool = true, activation: ActivationFunction = .linear,
    kernelInitializer: Initializer = .glorotUniform, kernelPenalty: L2? = nil, random: RandomStream
  ) {
    kernel = Parameter(
      [inputs, outputs], penalty: kernelPenalty, initializer: kernelInitializer,
      random: random.child("kernel"))
    bias = usesBias ? Parameter([outputs], initializer: .zeros, random: random) : nil
    self.activation = activation
  }

  /// `kernel`, then `bias`.
  public var members: [Member] {
    [.parameter("kernel", kernel)] + (bias.map { [.parameter("bias", $0)] } ?? [])
  }

  /// The layer itself, on all samples at once: its kernel is often larger than they are.
  public var inferencePlan: [InferenceStep] { [.layer(self, needsWholeBatch: true)] }

  /// Two for each element of the kernel, for each sample.
  public func operationCount(forOutput shape: Tensor.Shape) -> Int {
    2 * kernel.shape.scalarCount * shape.dropLast().reduce(1, *)
  }

  /// Computes N,O from N,I.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    var output = matrixProduct(input, context.value(of: kernel))
    if let bias { output = output + context.value(of: bias) }
    return context.observed(activation(output), of: self)
  }
}
