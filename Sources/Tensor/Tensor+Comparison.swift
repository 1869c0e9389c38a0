import CGraftKernels

// What compares has no gradient: the results are numbers of their own, on no tape.
extension Tensor {
  private static func compare(_ comparison: graft_comparison, _ left: Tensor, _ right: Tensor) -> Tensor {
    require(
      left.scalarType == .float32 && right.scalarType == .float32,
      "Numbers are compared in float32, not \(left.scalarType) with \(right.scalarType): convert first.")
    guard let shape = left.shape.broadcast(with: right.shape) else {
      misused(
        "Tensors of shapes \(left.shape) and \(right.shape) do not fit together, not even by repetition.")
    }
    let (left, right) = (left.repeated(to: shape), right.repeated(to: shape))
    return Tensor(shape: shape) { result in
      left.withUnsafeScalars { left in
        right.withUnsafeScalars { right in
          graft_compare(
            comparison, Int64(result.count), left.baseAddress, right.baseAddress, result.baseAddress)
        }
      }
    }
  }

  private func repeated(to target: Shape) -> Tensor {
    shape == target
      ? detached : detached.rowMajor.gathered(as: target, strides: shape.strides(spreadTo: target))
  }

  /// 1 where both are equal and 0 elsewhere; shapes are aligned at the last axis and lengths of 1 repeated. No gradient.
  public static func .== (left: Tensor, right: Tensor) -> Tensor { compare(GRAFT_EQUAL, left, right) }
  /// 1 where they differ and 0 elsewhere; shapes are aligned at the last axis and lengths of 1 repeated. No gradient.
  public static func .!= (left: Tensor, right: Tensor) -> Tensor { compare(GRAFT_NOT_EQUAL, left, right) }
  /// 1 where the left is less and 0 elsewhere; shapes are aligned at the last axis and lengths of 1 repeated. No
  /// gradient.
  public static func .< (left: Tensor, right: Tensor) -> Tensor { compare(GRAFT_LESS, left, right) }
  /// 1 where the left is less or equal and 0 elsewhere; shapes are aligned at the last axis and lengths of 1 repeated.
  /// No gradient.
  public static func .<= (left: Tensor, right: Tensor) -> Tensor { compare(GRAFT_LESS_OR_EQUAL, left, right) }
  /// 1 where the left is greater and 0 elsewhere; shapes are aligned at the last axis and lengths of 1 repeated. No
  /// gradient.
  public static func .> (left: Tensor, right: Tensor) -> Tensor { right .< left }
  /// 1 where the left is greater or equal and 0 elsewhere; shapes are aligned at the last axis and lengths of 1
  /// repeated. No gradient.
  public static func .>= (left: Tensor, right: Tensor) -> Tensor { right .<= left }

  /// 1 where a scalar equals the number and 0 elsewhere. No gradient.
  public static func .== (left: Tensor, right: Float) -> Tensor { left .== Tensor(right) }
  /// 1 where a scalar differs from the number and 0 elsewhere. No gradient.
  public static func .!= (left: Tensor, right: Float) -> Tensor { left .!= Tensor(right) }
  /// 1 where a scalar is less than the number and 0 elsewhere. No gradient.
  public static func .< (left: Tensor, right: Float) -> Tensor { left .< Tensor(right) }
  /// 1 where a scalar is at most the number and 0 elsewhere. No gradient.
  public static func .<= (left: Tensor, right: Float) -> Tensor { left .<= Tensor(right) }
  /// 1 where a scalar is greater than the number and 0 elsewhere. No gradient.
  public static func .> (left: Tensor, right: Float) -> Tensor { left .> Tensor(right) }
  /// 1 where a scalar is at least the number and 0 elsewhere. No gradient.
  public static func .>= (left: Tensor, right: Float) -> Tensor { left .>= Tensor(right) }
}
