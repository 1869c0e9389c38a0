import CGraftCompute

/// The product of two matrices: M,K times K,N gives M,N.
public func matrixProduct(_ left: Tensor, _ right: Tensor) -> Tensor {
  require(
    left.shape.rank == 2 && right.shape.rank == 2 && left.shape[1] == right.shape[0],
    "Matrices of shapes \(left.shape) and \(right.shape) cannot be multiplied.")
  let (a, b) = (left.detached, right.detached)
  let (wantsLeft, wantsRight) = (left.isTracked, right.isTracked)
  return differentiable(product(a, b), of: [left, right]) {
    [
      wantsLeft ? product($0, b, transposingRight: true) : nil,
      wantsRight ? product(a, $0, transposingLeft: true) : nil,
    ]
  }
}

private func product(
  _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
) -> Tensor {
  let rows = left.shape[transposingLeft ? 1 : 0]
  let inner = left.shape[transposingLeft ? 0 : 1]
  let columns = right.shape[transposingRight ? 0 : 1]
  if rows * columns * inner == 0 { return Tensor(zeros: [rows, columns]) }
  return Tensor(shape: [rows, columns]) { result in
    left.withUnsafeScalars { a in
      right.withUnsafeScalars { b in
        check(
          graft_matrix_product(
            transposingLeft ? 1 : 0, transposingRight ? 1 : 0, Int64(rows), Int64(columns), Int64(inner), 1,
            a.baseAddress, Int64(left.shape[1]), b.baseAddress, Int64(right.shape[1]), 0, result.baseAddress,
            Int64(columns)),
          "multiply matrices of shapes \(left.shape) and \(right.shape)")
      }
    }
  }
}
