import GraftTensor
import GraftWeights
import TestSupport
import Testing

@Suite struct LinearAlgebraTests {
  private func noise(_ shape: Tensor.Shape, _ seed: UInt64) -> Tensor {
    var random = RandomStream(seed: seed)
    return Tensor(normal: shape, random: &random)
  }

  /// A · Aᵀ + 1, which is symmetric and positive definite.
  private func positiveDefinite(_ size: Int) -> Tensor {
    let a = noise([size, size], 3)
    return matrixProduct(a, transposed(a)) + identity(size)
  }

  private func identity(_ size: Int) -> Tensor {
    Tensor(shape: [size, size], scalars: (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 })
  }

  private func transposed(_ matrix: Tensor) -> Tensor { matrix.transposed([1, 0]) }

  private func diagonal(_ values: Tensor) -> Tensor {
    let size = values.shape[0]
    return identity(size) * values
  }

  @Test func solutionsSolve() throws {
    let (a, x) = (noise([7, 7], 1), noise([7, 3], 2))
    expectClose(try LinearAlgebra.solve(a, matrixProduct(a, x)), x, within: 1e-4, "solution")
    // By hand: 2x + y = 5, x − y = 1.
    let small = try LinearAlgebra.solve(
      Tensor(shape: [2, 2], scalars: [2, 1, 1, -1]), Tensor(shape: [2, 1], scalars: [5, 1]))
    expectClose(small, Tensor(shape: [2, 1], scalars: [2, 1]), within: 1e-7, "by hand")
  }

  @Test func singularSystemsAreRefused() {
    let a = Tensor(shape: [2, 2], scalars: [1, 2, 2, 4])
    #expect(throws: LinearAlgebraError.singular(pivot: 2)) {
      try LinearAlgebra.solve(a, Tensor(shape: [2, 1], scalars: [1, 1]))
    }
  }

  @Test func whatIsNoNumberIsRefused() {
    let a = Tensor(shape: [2, 2], scalars: [1, 0, .nan, 1])
    #expect(throws: LinearAlgebraError.notFinite) { try LinearAlgebra.symmetricEigenvalues(of: a) }
    #expect(throws: LinearAlgebraError.notFinite) { try LinearAlgebra.leastSquares(identity(2), a) }
  }

  @Test func choleskyFactorsMultiplyToTheMatrix() throws {
    let a = positiveDefinite(6)
    let factor = try LinearAlgebra.choleskyFactor(of: a)
    expectClose(matrixProduct(factor, transposed(factor)), a, within: 1e-6, "L · Lᵀ")
    let scalars = factor.scalars
    let above = (0..<36).filter { $0 % 6 > $0 / 6 }
    #expect(above.count == 15 && above.allSatisfy { scalars[$0] == 0 })
    #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
      try LinearAlgebra.choleskyFactor(of: Tensor(shape: [2, 2], scalars: [1, 2, 2, 1]))
    }
  }

  @Test func eigenvectorsAreOnlyStretched() throws {
    let a = positiveDefinite(5)
    let (values, vectors) = try LinearAlgebra.symmetricEigenvalues(of: a)
    expectClose(matrixProduct(a, vectors), vectors * values, within: 1e-6, "A · v and λ · v")
    expectClose(matrixProduct(transposed(vectors), vectors), identity(5), within: 1e-6, "Vᵀ · V")
    #expect(values.scalars == values.scalars.sorted())
    // By hand: 1 and 3.
    let byHand = try LinearAlgebra.symmetricEigenvalues(of: Tensor(shape: [2, 2], scalars: [2, 1, 1, 2]))
    expectClose(byHand.values, Tensor(shape: [2], scalars: [1, 3]), within: 1e-7, "by hand")
  }

  @Test(arguments: [(7, 4), (4, 7), (5, 5)])
  func singularFactorsMultiplyToTheMatrix(rows: Int, columns: Int) throws {
    let a = noise([rows, columns], 5)
    let (left, values, right) = try LinearAlgebra.singularValues(of: a)
    expectClose(matrixProduct(left * values, right), a, within: 1e-6, "U · s · Vᵀ")
    expectClose(
      matrixProduct(transposed(left), left), identity(min(rows, columns)), within: 1e-6, "Uᵀ · U")
    #expect(values.scalars == values.scalars.sorted(by: >) && values.scalars.allSatisfy { $0 > 0 })
  }

  @Test func leastSquaresLeavesARestAtRightAngles() throws {
    let (a, b) = (noise([9, 3], 6), noise([9, 2], 7))
    let x = try LinearAlgebra.leastSquares(a, b)
    let rest = matrixProduct(a, x) - b
    let projection = matrixProduct(transposed(a), rest)
    #expect(projection.scalars.allSatisfy { abs($0) < 1e-5 })
    // Of the many solutions of x + y = 2, the shortest.
    let shortest = try LinearAlgebra.leastSquares(
      Tensor(shape: [1, 2], scalars: [1, 1]), Tensor(shape: [1, 1], scalars: [2]))
    expectClose(shortest, Tensor(shape: [2, 1], scalars: [1, 1]), within: 1e-6, "shortest")
  }

  /// Columns with the component of the largest magnitude positive.
  private func withFixedSigns(_ matrix: Tensor) -> Tensor {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    var scalars = matrix.scalars
    for column in 0..<columns {
      let own = (0..<rows).map { scalars[$0 * columns + column] }
      guard let largest = own.max(by: { abs($0) < abs($1) }), largest < 0 else { continue }
      for row in 0..<rows { scalars[row * columns + column].negate() }
    }
    return Tensor(shape: matrix.shape, scalars: scalars)
  }

  @Test func resultsAreThoseOfNumPy() throws {
    let golden = try Golden.npz("linear_algebra")
    func array(_ name: String) throws -> Tensor { try golden.tensor(named: name) }
    func expect(_ own: Tensor, _ name: String) throws {
      expectClose(own, try array(name), within: 1e-5, name)
    }
    try expect(LinearAlgebra.solve(array("square"), array("right")), "solution")
    try expect(LinearAlgebra.choleskyFactor(of: array("definite")), "cholesky")
    let (values, vectors) = try LinearAlgebra.symmetricEigenvalues(of: array("symmetric"))
    try expect(values, "eigenvalues")
    try expect(withFixedSigns(vectors), "eigenvectors")
    let tall = try LinearAlgebra.singularValues(of: array("tall"))
    try expect(tall.values, "singular_values_tall")
    try expect(withFixedSigns(tall.left), "left_tall")
    try expect(LinearAlgebra.singularValues(of: array("wide")).values, "singular_values_wide")
    try expect(LinearAlgebra.leastSquares(array("tall"), array("tall_right")), "least_squares")
    try expect(LinearAlgebra.leastSquares(array("deficient"), array("tall_right")), "least_squares_deficient")
  }
}
