import GraftTensor

/// Joins all axes but the first, in the order H,W,C, as Keras does.
public final class Flatten: Module {
  /// Creates the layer.
  public init() {}

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// Computes N,(H·W·C) from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(input.flattened(), of: self)
  }
}
