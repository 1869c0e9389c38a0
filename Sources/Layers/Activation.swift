import GraftTensor

/// A function that is applied to each scalar, or to each row, of a layer's output.
public enum ActivationFunction: Hashable, Sendable, Codable {
  /// The identity.
  case linear
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x where positive, `slope` · x where negative; the slope is not negative. PyTorch's default is 0.01, Keras' 0.3.
  case leakyReLU(slope: Float)
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// eˣ over its sum along the last axis.
  case softmax

  /// Applies the function.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .linear: x
    case .relu: GraftTensor.relu(x)
    case .relu6: GraftTensor.relu6(x)
    case .leakyReLU(let slope): GraftTensor.leakyReLU(x, slope: slope)
    case .sigmoid: GraftTensor.sigmoid(x)
    case .tanh: GraftTensor.tanh(x)
    case .softmax: GraftTensor.softmax(x)
    }
  }
}

/// An activation as a layer of its own; any shape goes in and comes out.
public final class Activation: Module {
  /// The function that is applied.
  public let function: ActivationFunction

  /// Creates the layer.
  public init(_ function: ActivationFunction) { self.function = function }

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// A function that a convolution before it takes up if it is a ReLU.
  public var inferencePlan: [InferenceStep] { [InferenceStep(.activation(self))] }

  /// Applies the function.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(function(input), of: self)
  }
}
