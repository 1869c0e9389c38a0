/// Where the numbers of a tensor lie in a row of numbers: number `(i, j, …)` at `i·strides[0] + j·strides[1] + …`.
struct StridedOrder: Sendable {
  let dimensions: [Int]
  let strides: [Int]

  /// How many numbers lie between the first and the last, both included: 0 for an empty tensor. Nil where a length or a
  /// stride is negative, or where that or the number of elements overflows.
  var span: Int? {
    guard dimensions.count == strides.count, strides.allSatisfy({ $0 >= 0 }),
      let count = StoredScalars.byteCount(of: dimensions, scalarByteCount: 1)
    else { return nil }
    guard count > 0 else { return 0 }
    var span = 1
    for (dimension, stride) in zip(dimensions, strides) {
      let (distance, isTooFar) = (dimension - 1).multipliedReportingOverflow(by: stride)
      let (next, overflows) = span.addingReportingOverflow(distance)
      guard !isTooFar, !overflows else { return nil }
      span = next
    }
    return span
  }

  /// Whether the numbers lie one after the other in row-major order.
  var isRowMajor: Bool {
    var expected = 1
    for (dimension, stride) in zip(dimensions, strides).reversed() where dimension != 1 {
      guard stride == expected else { return false }
      expected *= dimension
    }
    return true
  }

  /// The numbers in row-major order.
  ///
  /// - Parameter values: as many as ``span``, or more.
  func rowMajor<Value>(_ values: [Value]) -> [Value] {
    let count = dimensions.reduce(1, *)
    guard count > 0, !isRowMajor else { return Array(values.prefix(count)) }
    var place = [Int](repeating: 0, count: dimensions.count)
    var source = 0
    var result: [Value] = []
    result.reserveCapacity(count)
    while true {
      result.append(values[source])
      guard result.count < count else { return result }
      // The next place: the last axis that is not at its end moves on, and those after it start anew.
      var axis = dimensions.count - 1
      while place[axis] == dimensions[axis] - 1 {
        source -= place[axis] * strides[axis]
        place[axis] = 0
        axis -= 1
      }
      place[axis] += 1
      source += strides[axis]
    }
  }
}
