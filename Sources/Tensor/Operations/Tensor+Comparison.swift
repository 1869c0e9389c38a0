import CGraftKernels

// Comparisons have no gradient: the results are numbers of their own, on no tape. Numbers are float32, int32 or uint8, also of two
// types, and compared exactly.
extension Tensor {
  private static func compare(_ comparison: graft_comparison, _ left: Tensor, _ right: Tensor) -> Tensor {
    for type in [left.scalarType, right.scalarType] {
      require(type != .bfloat16, "Numbers of type bfloat16 are not compared: convert them to float32 first.")
    }
    guard let shape = left.shape.broadcast(with: right.shape) else {
      misused(
        "Tensors of shapes \(left.shape) and \(right.shape) do not fit together, not even by repetition.")
    }
    let (left, right) = (left.comparable.repeated(to: shape), right.comparable.repeated(to: shape))
    let count = Int64(shape.scalarCount)
    return Tensor(shape: shape) { result in
      left.withUnsafeBytes { a in
        right.withUnsafeBytes { b in
          let into = result.baseAddress
          func floats(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<Float>? {
            bytes.bindMemory(to: Float.self).baseAddress
          }
          func integers(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<Int32>? {
            bytes.bindMemory(to: Int32.self).baseAddress
          }
          switch (left.scalarType, right.scalarType) {
          case (.float32, .float32): graft_compare(comparison, count, floats(a), floats(b), into)
          case (.float32, _):
            graft_compare_floats_with_integers(comparison, count, floats(a), integers(b), into)
          case (_, .float32):
            graft_compare_integers_with_floats(comparison, count, integers(a), floats(b), into)
          default: graft_compare_integers(comparison, count, integers(a), integers(b), into)
          }
        }
      }
    }
  }

  /// The same numbers as one of the two types that are compared.
  private var comparable: Tensor { scalarType == .uint8 ? converted(to: .int32) : detached }

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
