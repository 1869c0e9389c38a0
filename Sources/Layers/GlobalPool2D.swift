import GraftTensor

/// The mean of each channel over the whole image.
///
/// Input N,H,W,C; output N,C. No parameters.
public final class GlobalAveragePool2D: Module {
  /// Creates the layer.
  public init() {}
  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }
  /// Computes N,C from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(globalAveragePooling2D(input), of: self)
  }
}

/// The largest value of each channel over the whole image.
///
/// Input N,H,W,C; output N,C. No parameters.
public final class GlobalMaxPool2D: Module {
  /// Creates the layer.
  public init() {}
  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }
  /// Computes N,C from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(globalMaxPooling2D(input), of: self)
  }
}
