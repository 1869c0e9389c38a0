import GraftTensor

/// A tensor that training changes.
public final class Parameter {
  /// Fixed for good.
  public let shape: Tensor.Shape
  /// Whether training changes it; a frozen parameter costs no gradient and no memory for one.
  public var isTrainable = true
  /// The penalty on its size that is added to the loss; nil for none.
  public let penalty: L2?
  private var current: Tensor?
  private let initial: () -> Tensor

  /// Creates a parameter whose first value is made when it is first asked for: a network that reads its weights from a
  /// file never draws the random ones.
  public init(_ shape: Tensor.Shape, penalty: L2? = nil, initializer: Initializer, random: RandomStream) {
    self.shape = shape
    self.penalty = penalty
    initial = {
      var random = random
      return initializer.makeTensor(shape, &random)
    }
  }

  /// The current value, always of the same shape, and on no tape.
  public var value: Tensor {
    get {
      if let current { return current }
      let made = initial()
      current = made
      return made
    }
    set {
      require(
        newValue.shape == shape,
        "A parameter of shape \(shape) cannot become a tensor of shape \(newValue.shape).")
      current = newValue.detached
    }
  }

  /// Changes the value in place, without a copy where nobody else holds it.
  public func update<Result>(_ body: (inout Tensor) throws -> Result) rethrows -> Result {
    var taken = value
    current = nil
    defer { current = taken }
    return try body(&taken)
  }
}

/// A tensor that is saved with a module but not trained, as running statistics are.
public final class Buffer {
  /// The current value.
  public var value: Tensor

  /// Creates a buffer.
  public init(_ value: Tensor) { self.value = value }
}

/// A penalty of `factor` · Σw² on a parameter, with the gradient 2 · `factor` · w: Keras' `l2(factor)`, without a half
/// and without a mean.
public struct L2: Hashable, Sendable, Codable {
  /// The weight of the penalty in the loss.
  public let factor: Float

  /// Creates a penalty; Keras' own default is 0.01.
  public init(_ factor: Float) { self.factor = factor }
}
