import CGraftKernels

extension Tensor.Shape {
  /// The shape that two shapes spread to: aligned at the last axis, lengths of 1 repeated, as in NumPy.
  func broadcast(with other: Tensor.Shape) -> Tensor.Shape? {
    let rank = Swift.max(self.rank, other.rank)
    var dimensions = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let left = axis < rank - self.rank ? 1 : self[axis - rank + self.rank]
      let right = axis < rank - other.rank ? 1 : other[axis - rank + other.rank]
      guard left == right || left == 1 || right == 1 else { return nil }
      dimensions[axis] = left == 1 ? right : left
    }
    return Tensor.Shape(dimensions)
  }

  /// The strides that read a tensor of this shape as if it had the larger one.
  func strides(spreadTo target: Tensor.Shape) -> [Int64] {
    let missing = target.rank - rank
    let own = rowMajorStrides
    return target.indices.map { axis in
      axis < missing || self[axis - missing] == 1 ? 0 : Int64(own[axis - missing])
    }
  }
}

extension Tensor {
  private static func combine(_ operation: graft_binary_operation, _ left: Tensor, _ right: Tensor) -> Tensor
  {
    require(
      left.scalarType == .float32 && right.scalarType == .float32,
      "Arithmetic is computed in float32, not on \(left.scalarType) and \(right.scalarType): convert first.")
    guard let shape = left.shape.broadcast(with: right.shape) else {
      misused(
        "Tensors of shapes \(left.shape) and \(right.shape) do not fit together, not even by repetition.")
    }
    if let result = combineBlocked(operation, left, right) { return result }
    let leftStrides = left.shape.strides(spreadTo: shape)
    let rightStrides = right.shape.strides(spreadTo: shape)
    let rows = merged(shape, leftStrides, rightStrides)
    return Tensor(shape: shape) { result in
      left.withUnsafeScalars { left in
        right.withUnsafeScalars { right in
          guard let source = left.baseAddress, let other = right.baseAddress, let target = result.baseAddress,
            !result.isEmpty
          else { return }
          graft_binary(
            operation, Int32(rows.dimensions.count), rows.dimensions, source, rows.left, other, rows.right,
            target)
        }
      }
    }
  }

  /// The result in the library's order of an operand that has one, as shortcuts around convolutions want it; nil where
  /// the order does not matter, or must not stay.
  private static func combineBlocked(
    _ operation: graft_binary_operation, _ left: Tensor, _ right: Tensor
  ) -> Tensor? {
    // The filling of a blocked layout is 0, and stays so under all operations but this.
    guard let layout = left.layout ?? right.layout, left.shape == right.shape, operation != GRAFT_DIVIDE
    else { return nil }
    let source = left.storage(in: layout, from: left.imageLayout)
    let other = right.storage(in: layout, from: right.imageLayout)
    let result = Storage(byteCount: layout.byteCount)
    let count = layout.byteCount / ScalarType.float32.byteCount
    withExtendedLifetime((source, other)) {
      guard let from = source.buffer(of: Float.self, count: count).baseAddress,
        let and = other.buffer(of: Float.self, count: count).baseAddress,
        let into = result.buffer(of: Float.self, count: count).baseAddress
      else { return }
      graft_binary(operation, 1, [Int64(count)], from, [1], and, [1], into)
    }
    return Tensor(shape: left.shape, scalarType: .float32, storage: result, layout: layout)
  }

  /// Neighbouring axes that both operands walk without a jump, taken as one, so that the inner loop is long; axes of
  /// length 1 would come between them.
  private static func merged(
    _ shape: Shape, _ left: [Int64], _ right: [Int64]
  ) -> (dimensions: [Int64], left: [Int64], right: [Int64]) {
    var dimensions: [Int64] = []
    var (leftStrides, rightStrides): ([Int64], [Int64]) = ([], [])
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      let length = Int64(shape[axis])
      if let inner = dimensions.first, left[axis] == leftStrides[0] * inner,
        right[axis] == rightStrides[0] * inner
      {
        dimensions[0] *= length
      } else {
        dimensions.insert(length, at: 0)
        leftStrides.insert(left[axis], at: 0)
        rightStrides.insert(right[axis], at: 0)
      }
    }
    return (dimensions, leftStrides, rightStrides)
  }

  /// The sum, elementwise; shapes are aligned at the last axis and lengths of 1 repeated.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    let (leftShape, rightShape) = (left.shape, right.shape)
    return differentiable(combine(GRAFT_ADD, left.detached, right.detached), of: [left, right]) {
      [$0.summed(to: leftShape), $0.summed(to: rightShape)]
    }
  }

  /// The difference, elementwise; shapes are aligned at the last axis and lengths of 1 repeated.
  public static func - (left: Tensor, right: Tensor) -> Tensor {
    let (leftShape, rightShape) = (left.shape, right.shape)
    return differentiable(combine(GRAFT_SUBTRACT, left.detached, right.detached), of: [left, right]) {
      [$0.summed(to: leftShape), ($0 * -1).summed(to: rightShape)]
    }
  }

  /// The product, elementwise; shapes are aligned at the last axis and lengths of 1 repeated.
  public static func * (left: Tensor, right: Tensor) -> Tensor {
    let (a, b) = (left.detached, right.detached)
    let (wantsLeft, wantsRight) = (left.isTracked, right.isTracked)
    return differentiable(combine(GRAFT_MULTIPLY, a, b), of: [left, right]) {
      [wantsLeft ? ($0 * b).summed(to: a.shape) : nil, wantsRight ? ($0 * a).summed(to: b.shape) : nil]
    }
  }

  /// The quotient, elementwise; shapes are aligned at the last axis and lengths of 1 repeated.
  public static func / (left: Tensor, right: Tensor) -> Tensor {
    let (a, b) = (left.detached, right.detached)
    let (wantsLeft, wantsRight) = (left.isTracked, right.isTracked)
    let quotient = combine(GRAFT_DIVIDE, a, b)
    return differentiable(quotient, of: [left, right]) {
      [
        wantsLeft ? ($0 / b).summed(to: a.shape) : nil,
        wantsRight ? ($0 * quotient / b * -1).summed(to: b.shape) : nil,
      ]
    }
  }

  /// Adds a number to every scalar.
  public static func + (left: Tensor, right: Float) -> Tensor { left + Tensor(right) }
  /// Subtracts a number from every scalar.
  public static func - (left: Tensor, right: Float) -> Tensor { left - Tensor(right) }
  /// Multiplies every scalar by a number.
  public static func * (left: Tensor, right: Float) -> Tensor { left * Tensor(right) }
  /// Divides every scalar by a number.
  public static func / (left: Tensor, right: Float) -> Tensor { left / Tensor(right) }
  /// Adds a number to every scalar.
  public static func + (left: Float, right: Tensor) -> Tensor { Tensor(left) + right }
  /// Divides a number by every scalar.
  public static func / (left: Float, right: Tensor) -> Tensor { Tensor(left) / right }
  /// Every scalar with the other sign.
  public static prefix func - (operand: Tensor) -> Tensor { operand * -1 }
  /// Subtracts every scalar from a number.
  public static func - (left: Float, right: Tensor) -> Tensor { Tensor(left) - right }
  /// Multiplies every scalar by a number.
  public static func * (left: Float, right: Tensor) -> Tensor { Tensor(left) * right }

  /// Undoes a repetition: adds up what the axes of length 1 were spread to.
  func summed(to target: Shape) -> Tensor {
    if shape == target { return self }
    let missing = shape.rank - target.rank
    let repeated = shape.indices.filter { $0 < missing || (target[$0 - missing] == 1 && shape[$0] != 1) }
    return sum(alongAxes: repeated, keepingAxes: true).reshaped(to: target)
  }

  /// Adds `scale` times another tensor of the same shape, in place.
  public mutating func add(_ other: Tensor, scaledBy scale: Float = 1) {
    require(
      shape == other.shape, "A tensor of shape \(other.shape) cannot be added in place to one of \(shape).")
    let source = other.ordered(as: self)
    withUnsafeMutableStoredScalars { destination in
      source.withUnsafeStoredScalars { source in
        guard let from = source.baseAddress, let into = destination.baseAddress else { return }
        graft_add_scaled(Int64(destination.count), scale, from, into)
      }
    }
  }
}
