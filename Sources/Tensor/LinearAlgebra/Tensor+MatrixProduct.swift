import CGraftCompute

/// The product of two matrices, M,K times K,N giving M,N; or of many pairs of them.
///
/// The axes before the last two count batches: they are aligned at the last and lengths of 1 repeated, so
/// that a single matrix multiplies with each of a batch.
///
/// - Parameters:
///   - left: …,M,K.
///   - right: …,K,N.
///   - transposingLeft: whether `left` is …,K,M and its matrices are transposed first.
///   - transposingRight: whether `right` is …,N,K and its matrices are transposed first.
/// - Returns: …,M,N.
public func matrixProduct(
  _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
) -> Tensor {
  let (a, b) = (left.detached.rowMajor, right.detached.rowMajor)
  let (wantsLeft, wantsRight) = (left.isTracked, right.isTracked)
  let result = product(a, b, transposingLeft: transposingLeft, transposingRight: transposingRight)
  return differentiable(result, of: [left, right]) { gradient in
    var leftGradient, rightGradient: Tensor?
    if wantsLeft {
      let spread =
        transposingLeft
        ? product(b, gradient, transposingLeft: transposingRight, transposingRight: true)
        : product(gradient, b, transposingRight: !transposingRight)
      leftGradient = spread.summed(to: a.shape)
    }
    if wantsRight {
      let spread =
        transposingRight
        ? product(gradient, a, transposingLeft: true, transposingRight: transposingLeft)
        : product(a, gradient, transposingLeft: !transposingLeft)
      rightGradient = spread.summed(to: b.shape)
    }
    return [leftGradient, rightGradient]
  }
}

private func product(
  _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
) -> Tensor {
  guard left.shape.rank >= 2, right.shape.rank >= 2,
    let batch = left.shape.batch.broadcast(with: right.shape.batch)
  else { misused("Matrices of shapes \(left.shape) and \(right.shape) cannot be multiplied.") }
  let (leftRows, leftColumns) = left.shape.matrix
  let (rightRows, rightColumns) = right.shape.matrix
  let (rows, inner) = transposingLeft ? (leftColumns, leftRows) : (leftRows, leftColumns)
  let (rightInner, columns) = transposingRight ? (rightColumns, rightRows) : (rightRows, rightColumns)
  require(
    inner == rightInner,
    "Matrices of shapes \(left.shape)\(transposingLeft ? ", transposed," : "") and \(right.shape)"
      + "\(transposingRight ? ", transposed," : "") cannot be multiplied.")
  let shape = Tensor.Shape(batch.dimensions + [rows, columns])
  if shape.scalarCount * inner == 0 { return Tensor(zeros: shape) }
  let leftOffsets = left.shape.batch.offsets(spreadTo: batch)
  let rightOffsets = right.shape.batch.offsets(spreadTo: batch)
  return Tensor(shape: shape) { result in
    left.withUnsafeScalars { a in
      right.withUnsafeScalars { b in
        for index in 0..<batch.scalarCount {
          let first = a[(leftOffsets[index] * leftRows * leftColumns)...]
          let second = b[(rightOffsets[index] * rightRows * rightColumns)...]
          let into = result[(index * rows * columns)...]
          check(
            graft_matrix_product(
              transposingLeft ? 1 : 0, transposingRight ? 1 : 0, Int64(rows), Int64(columns), Int64(inner), 1,
              UnsafeBufferPointer(rebasing: first).baseAddress, Int64(leftColumns),
              UnsafeBufferPointer(rebasing: second).baseAddress, Int64(rightColumns), 0,
              UnsafeMutableBufferPointer(rebasing: into).baseAddress, Int64(columns)),
            "multiply matrices of shapes \(left.shape) and \(right.shape)")
        }
      }
    }
  }
}

extension Tensor.Shape {
  /// All but the last two axes.
  fileprivate var batch: Tensor.Shape { Tensor.Shape(Array(dimensions.dropLast(2))) }

  fileprivate var matrix: (rows: Int, columns: Int) { (self[rank - 2], self[rank - 1]) }

  /// Which entry of this shape stands at each position of the larger one.
  fileprivate func offsets(spreadTo target: Tensor.Shape) -> [Int] {
    zip(target, strides(spreadTo: target)).reduce([0]) { offsets, axis in
      offsets.flatMap { offset in (0..<axis.0).map { offset + $0 * Int(axis.1) } }
    }
  }
}
