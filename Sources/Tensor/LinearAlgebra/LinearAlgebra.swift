import Foundation
import CGraftLAPACK

/// Factorisations and solutions of small systems, by LAPACK (Anderson et al., "LAPACK Users' Guide", 3rd edition, 1999).
///
/// Operands are float32 matrices; the work is done in double precision, and the results are rounded once. Nothing here is
/// recorded on a tape. Every function throws ``LinearAlgebraError/notFinite`` where an operand is.
public enum LinearAlgebra {
  /// The X of A · X = B, by an LU factorisation with row exchanges.
  ///
  /// - Parameters:
  ///   - matrix: A, of shape N,N.
  ///   - right: B, of shape N,K.
  /// - Returns: X, of shape N,K.
  /// - Throws: ``LinearAlgebraError/singular(pivot:)``.
  public static func solve(_ matrix: Tensor, _ right: Tensor) throws -> Tensor {
    var a = try Matrix(matrix, "the left side of a system")
    var b = try Matrix(right, "the right side of a system")
    a.requireSquare()
    require(
      a.rows == b.rows,
      "A system with a matrix of shape \(matrix.shape) has no right side of shape \(right.shape).")
    var pivots = [Int32](repeating: 0, count: a.rows)
    let status = LAPACKE_dgesv(
      LAPACK_ROW_MAJOR, Int32(a.rows), Int32(b.columns), &a.values, a.stride, &pivots, &b.values, b.stride)
    if status > 0 { throw LinearAlgebraError.singular(pivot: Int(status)) }
    return b.tensor(after: status)
  }

  /// The lower triangular L with L · Lᵀ = A.
  ///
  /// - Parameter matrix: A, of shape N,N; only its lower half is read.
  /// - Throws: ``LinearAlgebraError/notPositiveDefinite(order:)``.
  public static func choleskyFactor(of matrix: Tensor) throws -> Tensor {
    var a = try Matrix(matrix, "a Cholesky factorisation")
    a.requireSquare()
    let status = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, lower, Int32(a.rows), &a.values, a.stride)
    if status > 0 { throw LinearAlgebraError.notPositiveDefinite(order: Int(status)) }
    for row in 0..<a.rows {
      for column in (row + 1)..<max(a.columns, row + 1) { a.values[row * a.columns + column] = 0 }
    }
    return a.tensor(after: status)
  }

  /// The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors, of length 1, as columns in the same
  /// order. The sign of a vector is LAPACK's.
  ///
  /// - Parameter matrix: N,N; only its lower half is read.
  /// - Returns: N values; vectors of shape N,N.
  /// - Throws: ``LinearAlgebraError/notConverged``.
  public static func symmetricEigenvalues(of matrix: Tensor) throws -> (values: Tensor, vectors: Tensor) {
    var a = try Matrix(matrix, "an eigenvalue problem")
    a.requireSquare()
    var values = [Double](repeating: 0, count: a.rows)
    let status = LAPACKE_dsyevd(LAPACK_ROW_MAJOR, both, lower, Int32(a.rows), &a.values, a.stride, &values)
    if status > 0 { throw LinearAlgebraError.notConverged }
    return (Tensor(shape: [a.rows], scalars: values.map { Float($0) }), a.tensor(after: status))
  }

  /// The factors of A = U · diag(s) · Vᵀ, s descending.
  ///
  /// - Parameter matrix: A, of shape M,N; K below is the smaller of both.
  /// - Returns: U of shape M,K; K values; Vᵀ of shape K,N.
  /// - Throws: ``LinearAlgebraError/notConverged``.
  public static func singularValues(of matrix: Tensor) throws -> (
    left: Tensor, values: Tensor, right: Tensor
  ) {
    var a = try Matrix(matrix, "a singular value decomposition")
    let count = min(a.rows, a.columns)
    var left = Matrix(rows: a.rows, columns: count)
    var right = Matrix(rows: count, columns: a.columns)
    var values = [Double](repeating: 0, count: count)
    let status = LAPACKE_dgesdd(
      LAPACK_ROW_MAJOR, small, Int32(a.rows), Int32(a.columns), &a.values, a.stride, &values, &left.values,
      left.stride, &right.values, right.stride)
    if status > 0 { throw LinearAlgebraError.notConverged }
    return (
      left.tensor(after: status), Tensor(shape: [count], scalars: values.map { Float($0) }),
      right.tensor(after: status)
    )
  }

  /// The X for which ‖A · X − B‖ is least; the shortest one where there are several.
  ///
  /// - Parameters:
  ///   - matrix: A, of shape M,N and any rank.
  ///   - right: B, of shape M,K.
  /// - Returns: X, of shape N,K.
  /// - Throws: ``LinearAlgebraError/notConverged``.
  public static func leastSquares(_ matrix: Tensor, _ right: Tensor) throws -> Tensor {
    var a = try Matrix(matrix, "a least-squares problem")
    let b = try Matrix(right, "the right side of a least-squares problem")
    require(
      a.rows == b.rows,
      "A least-squares problem with a matrix of shape \(matrix.shape) has no right side of shape \(right.shape)."
    )
    // The solution takes the place of the right side, which must be tall enough for both.
    var x = Matrix(rows: max(a.rows, a.columns), columns: b.columns)
    x.values.replaceSubrange(0..<b.values.count, with: b.values)
    var values = [Double](repeating: 0, count: min(a.rows, a.columns))
    var rank: Int32 = 0
    // A negative tolerance stands for the precision of the machine.
    let status = LAPACKE_dgelsd(
      LAPACK_ROW_MAJOR, Int32(a.rows), Int32(a.columns), Int32(b.columns), &a.values, a.stride, &x.values,
      x.stride, &values, -1, &rank)
    if status > 0 { throw LinearAlgebraError.notConverged }
    x.values.removeLast(x.values.count - a.columns * b.columns)
    return Matrix(rows: a.columns, columns: b.columns, values: x.values).tensor(after: status)
  }

  private static let lower = CChar(UInt8(ascii: "L"))
  private static let both = CChar(UInt8(ascii: "V"))
  private static let small = CChar(UInt8(ascii: "S"))
}

/// A matrix for which there is no answer.
public enum LinearAlgebraError: LocalizedError, Equatable, CustomStringConvertible {
  /// The pivot of that number, from 1, is exactly zero.
  case singular(pivot: Int)
  /// The leading minor of that order is not positive.
  case notPositiveDefinite(order: Int)
  /// An operand holds values that are infinite or no numbers.
  case notFinite
  /// The iteration came to no end.
  case notConverged

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .singular(let pivot):
      "The matrix is singular (pivot \(pivot) is zero): the system has no single solution. Use leastSquares."
    case .notPositiveDefinite(let order):
      "The matrix is not positive definite (its leading minor of order \(order) is not positive). Add a small multiple "
        + "of the identity, or use symmetricEigenvalues."
    case .notFinite:
      "A matrix holds values that are infinite or no numbers, with which nothing can be solved. Look where they come from."
    case .notConverged:
      "The iteration did not converge. Scale the matrix, so that its values are near 1."
    }
  }
}

/// Row-major numbers in double precision.
private struct Matrix {
  let rows, columns: Int
  var values: [Double]

  init(rows: Int, columns: Int, values: [Double]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: [Double](repeating: 0, count: rows * columns))
  }

  init(_ tensor: Tensor, _ use: String) throws {
    require(
      tensor.shape.rank == 2 && tensor.scalarCount > 0,
      "A tensor of shape \(tensor.shape) is no matrix for \(use).")
    let scalars = tensor.scalars
    guard scalars.allSatisfy(\.isFinite) else { throw LinearAlgebraError.notFinite }
    self.init(rows: tensor.shape[0], columns: tensor.shape[1], values: scalars.map(Double.init))
  }

  /// From one row to the next.
  var stride: Int32 { Int32(columns) }

  func requireSquare() {
    require(rows == columns, "A square matrix is needed here, not one of \(rows)×\(columns).")
  }

  /// The result, once LAPACK has taken its arguments, which it refuses with a negative status.
  func tensor(after status: Int32) -> Tensor {
    require(status >= 0, "LAPACK refused its argument \(-status) or found no memory to work in.")
    return Tensor(shape: [rows, columns], scalars: values.map { Float($0) })
  }
}
