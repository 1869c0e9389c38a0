@testable import GraftTensor
import TestSupport
import Testing

@Test(arguments: ConvolutionAlgorithm.allCases)
func steadyStateCompilesNothing(algorithm: ConvolutionAlgorithm) throws {
  var random = RandomStream(seed: 1)
  let input = Tensor(uniform: [2, 12, 20, 16], in: 0..<1, random: &random)
  let kernel = Tensor(normal: [3, 3, 16, 16], random: &random)
  func step() throws -> Tensor {
    let tape = Tape()
    let tracked = tape.track(kernel)
    let hidden = convolution2D(input, kernel: tracked, padding: .same, fusedReLU: true, algorithm: algorithm)
    let result = convolution2D(
      relu(maxPooling2D(hidden, window: (2, 2))), kernel: tracked, padding: .same, algorithm: algorithm)
    let gradients = try tape.gradients(of: (result * result).sum())
    return try #require(gradients[tracked])
  }
  let compilations = Primitive.Compilations()
  func counted() throws -> (gradient: Tensor, compilations: Int) {
    let before = compilations.count
    let gradient = try Primitive.$compilations.withValue(compilations, operation: step)
    return (gradient, compilations.count - before)
  }
  let (first, second) = (try counted(), try counted())
  #expect(first.compilations > 0 && second.compilations == 0)
  expectClose(second.gradient, first.gradient, within: 0, "the gradient of a second step")
}
