import GraftTensor
import TestSupport
import Testing

private func counted(_ shape: Tensor.Shape) -> Tensor {
  Tensor(shape: shape, scalars: (0..<shape.scalarCount).map(Float.init))
}

@Test func slicesHoldTheBoxThatWasCutOut() {
  let box = counted([2, 3, 4]).sliced([1..<2, 0..<2, 1..<3])
  #expect(box.shape == [1, 2, 2])
  #expect(box.scalars == [13, 14, 17, 18])
  #expect(counted([3, 2]).sliced(1..<3, alongAxis: 0).scalars == [2, 3, 4, 5])
  #expect(counted([3, 2]).sliced(2..<2, alongAxis: 0).shape == [0, 2])
  #expect(Tensor(7).sliced([]).scalars == [7])
}

@Test func slicesKeepTheirType() {
  let integers = Tensor(shape: [2, 3], integers: [1, 2, 3, 4, 5, 6])
  let column = integers.sliced(1..<2, alongAxis: 1)
  #expect(column.scalarType == .int32)
  #expect(column.scalars == [2, 5])
  #expect(
    integers.converted(to: .uint8).padded([(0, 1), (1, 0)]).scalars == [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0])
}

@Test func concatenationTakesBackWhatSlicingCut() {
  let whole = counted([2, 5, 3])
  for axis in -3..<3 {
    let length = whole.shape[axis < 0 ? axis + 3 : axis]
    let parts = [0..<1, 1..<1, 1..<length].map { whole.sliced($0, alongAxis: axis) }
    #expect(Tensor.concatenated(parts, alongAxis: axis).scalars == whole.scalars, "axis \(axis)")
  }
}

@Test func stackedTensorsGetTheirOwnGradients() throws {
  let tape = Tape()
  let (first, second) = (tape.track(counted([2, 3])), tape.track(counted([2, 3])))
  let stack = Tensor.stacked([first, second])
  #expect(stack.shape == [2, 2, 3])
  let factors = counted([2, 2, 3])
  let gradients = try tape.gradients(of: (stack * factors).sum())
  #expect(gradients[first]?.scalars == [0, 1, 2, 3, 4, 5])
  #expect(gradients[second]?.scalars == [6, 7, 8, 9, 10, 11])
}

@Test func regionsOfConvolutionsAreThoseOfTheirRowMajorValues() {
  var random = RandomStream(seed: 3)
  let features = convolution2D(
    Tensor(normal: [2, 6, 6, 16], random: &random), kernel: Tensor(normal: [3, 3, 16, 20], random: &random))
  let plain = Tensor(shape: features.shape, scalars: features.scalars)
  func steps(_ x: Tensor) -> [Tensor] {
    [
      x.sliced([0..<1, 1..<3, 0..<4, 15..<18]), x.padded([(0, 0), (1, 2), (0, 1), (0, 0)]),
      .concatenated([x, x], alongAxis: -1), resized2D(x, to: (7, 3)), globalAveragePooling2D(x),
      globalMaxPooling2D(x), logSoftmax(x), x .< 0, x .>= plain,
      matrixProduct(x, Tensor(repeating: 0.5, shape: [20, 2])),
    ]
  }
  for (index, (blocked, expected)) in zip(steps(features), steps(plain)).enumerated() {
    expectClose(blocked, expected, within: 0, "step \(index)")
  }
}
