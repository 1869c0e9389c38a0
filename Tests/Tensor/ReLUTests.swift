import GraftTensor
import Testing

@Test func notANumberPassesThroughReLU() {
  let values = relu(Tensor(shape: [4], scalars: [.nan, -1, 2, -.infinity])).scalars
  #expect(values[0].isNaN)
  #expect(values[1...] == [0, 2, 0])
  // As it does where the rectifier is a part of the convolution.
  let spoilt = Tensor(repeating: .nan, shape: [1, 4, 4, 16])
  for isFused in [true, false] {
    let result = convolution2D(
      spoilt, kernel: Tensor(repeating: 1, shape: [3, 3, 16, 16]), padding: .same, fusedReLU: isFused)
    let kept = relu(result).scalars.filter(\.isNaN).count
    #expect(kept == result.scalarCount, "\(isFused)")
  }
}
