import GraftTensor
import TestSupport
import Testing

@Test func notANumberPassesThroughReLU() {
  let values = relu(Tensor(shape: [4], scalars: [.nan, -1, 2, -.infinity])).scalars
  #expect(values[0].isNaN)
  #expect(values[1...] == [0, 2, 0])
}

/// Where the rectifier is a part of the convolution: a network that has diverged must not look like one that has not.
@Test(arguments: ConvolutionAlgorithm.allCases, [1, 3])
func notANumberPassesThroughAFusedReLUInTraining(algorithm: ConvolutionAlgorithm, side: Int) {
  let spoilt = Tensor(repeating: .nan, shape: [1, 4, 4, 16])
  let kernel = Tape().track(Tensor(repeating: 1, shape: [side, side, 16, 16]))
  let result = convolution2D(spoilt, kernel: kernel, padding: .same, fusedReLU: true, algorithm: algorithm)
  #expect(result.scalars.allSatisfy { $0.isNaN })
}

@Test func relu6IsCutOffAtBothEnds() throws {
  let input = Tensor(shape: [7], scalars: [.nan, -.infinity, -1, 0.5, 5.5, 6.5, .infinity])
  let values = relu6(input).scalars
  #expect(values[0].isNaN)
  #expect(values[1...] == [0, 0, 0.5, 5.5, 6, 6])
  let tape = Tape()
  let tracked = tape.track(input)
  let gradients = try tape.gradients(of: relu6(tracked), startingFrom: Tensor(repeating: 2, shape: [7]))
  #expect(gradients[tracked]?.scalars[1...] == [0, 0, 2, 2, 0, 0])
}

@Test func relu6GoesThroughABlockedLayout() throws {
  var random = RandomStream(seed: 3)
  let image = Tensor(uniform: [1, 4, 4, 16], in: 0.5..<1, random: &random)
  let kernel = Tensor(uniform: [3, 3, 16, 5], in: -0.2..<0.25, random: &random)
  try checkGradients(
    of: { relu6(convolution2D($0[0], kernel: $0[1], padding: .same)) }, at: [image, kernel], "relu6")
}
