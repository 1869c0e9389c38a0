@testable import GraftTensor
import TestSupport
import Testing

@Test(arguments: zip(ConvolutionAlgorithm.allCases, [12, 14, 16, 18]))
func steadyStateCompilesNothing(algorithm: ConvolutionAlgorithm, height: Int) throws {
  var random = RandomStream(seed: 1)
  // Of a height of its own, so that what is compiled for one algorithm is not there for another.
  let input = Tensor(uniform: [2, height, 20, 16], in: 0..<1, random: &random)
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
  func counted() throws -> (gradient: Tensor, profile: ComputeProfile) {
    let profile = ComputeProfile()
    return (try profile.measure(step), profile)
  }
  let first = try counted()
  // Tests beside this one compile enough to empty the cache, so one step among some has to do.
  let later = try (0..<3).map { _ in try counted() }
  #expect(first.profile.compilations > 0)
  #expect(later.contains { $0.profile.compilations == 0 && $0.profile.kernelReorders == 0 })
  expectClose(later[0].gradient, first.gradient, within: 0, "the gradient of a second step")
}

@Test func steadyStateOfInferenceAllocatesNothing() {
  var random = RandomStream(seed: 2)
  let input = Tensor(uniform: [2, 64, 64, 32], in: 0..<1, random: &random)
  let kernel = Tensor(normal: [3, 3, 32, 32], random: &random)
  func pass() -> Tensor {
    let hidden = convolution2D(input, kernel: kernel, padding: .same, fusedReLU: true)
    return convolution2D(maxPooling2D(hidden, window: (2, 2)), kernel: kernel, padding: .same)
  }
  _ = pass()
  // Tests beside this one take from the same memory and empty the cache, so one pass among some has to do.
  let profiles = (0..<50).map { _ in
    let profile = ComputeProfile()
    _ = profile.measure(pass)
    return profile
  }
  #expect(profiles.contains { $0.allocations == 0 && $0.compilations == 0 && $0.kernelReorders == 0 })
  let arithmetic = profiles[0].entries.reduce(0) { $0 + $1.floatingPointOperations }
  #expect(arithmetic == 2 * 9 * 32 * 32 * 2 * (64 * 64 + 32 * 32))
  #expect(profiles[0].table.contains("convolution 3×3, 32 to 32 channels, 2×32×32"))
}
