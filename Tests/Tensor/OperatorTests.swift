import GraftTensor
import TestSupport
import Testing

@Test func numbersStandOnBothSidesOfOperators() throws {
  let x = Tensor(shape: [3], scalars: [1, -2, 4])
  #expect((-x).scalars == [-1, 2, -4])
  #expect((1 - x).scalars == [0, 3, -3])
  #expect((1 + x).scalars == [2, -1, 5])
  #expect((1 / x).scalars == [1, -0.5, 0.25])
  try checkGradients(of: { 1 / (1 + -$0[0] * $0[0]) }, at: [Tensor(shape: [3], scalars: [2, 3, -4])])
}

@Test func maximaAreTakenAlongAxesThatLieApart() throws {
  var random = RandomStream(seed: 1)
  let scalars = (0..<2 * 3 * 4 * 2).map { _ in Float(random.integer(below: 9)) }
  let tensor = Tensor(shape: [2, 3, 4, 2], scalars: scalars)
  let inTurn = tensor.max(alongAxes: [3], keepingAxes: true).max(alongAxes: [1], keepingAxes: true)
  let kept = tensor.max(alongAxes: [1, -1], keepingAxes: true)
  #expect(kept.shape == [2, 1, 4, 1] && kept.scalars == inTurn.scalars)
  #expect(tensor.max(alongAxes: [-1, 1]).shape == [2, 4])
  #expect(
    tensor.max(alongAxes: [0, 2, 3]).scalars
      == tensor.transposed([1, 0, 2, 3]).max(alongAxes: [1, 2, 3]).scalars)
  // Of equal values the first in row order gets the gradient.
  let tape = Tape()
  let tracked = tape.track(tensor)
  let gradient = try #require(try tape.gradients(of: tracked.max(alongAxes: [1, 3]).sum())[tracked]).scalars
  for batch in 0..<2 {
    for column in 0..<4 {
      let places = (0..<3).flatMap { row in (0..<2).map { ((batch * 3 + row) * 4 + column) * 2 + $0 } }
      let largest = places.map { scalars[$0] }.max()
      let first = places.first { scalars[$0] == largest }
      for place in places { #expect(gradient[place] == (place == first ? 1 : 0)) }
    }
  }
}

@Test(arguments: ScalarType.allCases)
func everyTypeIsTransposed(type: ScalarType) {
  let tensor = Tensor(shape: [2, 3, 4], scalars: (0..<24).map(Float.init))
  let transposed = tensor.converted(to: type).transposed([2, 0, 1])
  #expect(transposed.scalarType == type && transposed.shape == [4, 2, 3])
  #expect(transposed.scalars == tensor.transposed([2, 0, 1]).scalars)
}

@Test func integersAreTransposedToTheBit() {
  let numbers = [Int32.max, .min, 16_777_217, -1, 0x7f80_0001, 0]
  let transposed = Tensor(shape: [2, 3], integers: numbers).transposed
  let bits = transposed.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
  #expect(bits == [numbers[0], numbers[3], numbers[1], numbers[4], numbers[2], numbers[5]])
}

@Test func integersAreComparedExactly() {
  // As floats both would be 16,777,216.
  let left = Tensor(shape: [3], integers: [16_777_216, 16_777_217, -5])
  let right = Tensor(shape: [3], integers: [16_777_217, 16_777_217, 4])
  #expect((left .== right).scalars == [0, 1, 0])
  #expect((left .< right).scalars == [1, 0, 1])
  #expect((left .>= right).scalars == [0, 1, 0])
  #expect((left .== 16_777_216).scalars == [1, 0, 0])
  #expect((left .!= Tensor(shape: [1], integers: [-5])).scalars == [1, 1, 0])
}

@Test func numbersOfTwoTypesAreCompared() {
  let labels = Tensor(shape: [4], scalars: [0, 1, 2, 255]).converted(to: .uint8)
  #expect((labels .== 255).scalars == [0, 0, 0, 1])
  #expect((labels .> 0.5).scalars == [0, 1, 1, 1])
  #expect((labels .<= Tensor(shape: [4], integers: [0, 0, 2, 254])).scalars == [1, 0, 1, 0])
  let floats = Tensor(shape: [3], scalars: [.nan, 1.5, -.infinity])
  let integers = Tensor(shape: [3], integers: [0, 1, .min])
  #expect((floats .< integers).scalars == [0, 0, 1])
  #expect((integers .< floats).scalars == [0, 1, 0])
  #expect((integers .!= floats).scalars == [1, 1, 1])
}

/// Keras' `valid` and PyTorch's padding of 0 differ where the kernel is smaller than the stride.
@Test func transposedConvolutionsWithoutCroppingEndInZerosInKerasOnly() {
  let image = Tensor(repeating: 1, shape: [1, 2, 2, 1])
  let kernel = Tensor(repeating: 1, shape: [1, 1, 1, 1])
  let keras = transposedConvolution2D(image, kernel: kernel, strides: (3, 3), padding: .valid)
  let pyTorch = transposedConvolution2D(image, kernel: kernel, strides: (3, 3), padding: .symmetric(0))
  #expect(keras.shape == [1, 6, 6, 1] && pyTorch.shape == [1, 4, 4, 1])
  #expect(keras.sliced([0..<1, 0..<4, 0..<4, 0..<1]).scalars == pyTorch.scalars)
  #expect(keras.sum().scalar == 4 && pyTorch.sum().scalar == 4)
}
