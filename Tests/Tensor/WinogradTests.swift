import CGraftCompute
import Synchronization
import TestSupport
import Testing

@testable import GraftTensor

/// One convolution with all its gradients.
private struct Case: CustomTestStringConvertible, Sendable {
  var batch = 1
  var height: Int
  var width: Int
  var input = 16
  var output = 16
  var padding = Padding.same
  var fusesReLU = false

  var testDescription: String {
    "\(batch)×\(height)×\(width)×\(input) to \(output), \(padding)\(fusesReLU ? ", ReLU" : "")"
  }

  private func random(_ shape: Tensor.Shape, _ seed: UInt64, deviation: Float = 1) -> Tensor {
    var random = RandomStream(seed: seed)
    return Tensor(normal: shape, standardDeviation: deviation, random: &random)
  }

  var images: Tensor { random([batch, height, width, input], 1) }
  var kernel: Tensor { random([3, 3, input, output], 2, deviation: (2 / Float(9 * input)).squareRoot()) }
  var bias: Tensor { random([output], 3) }

  /// The result and the gradients of images, kernel and bias.
  func run(_ algorithm: ConvolutionAlgorithm) throws -> [Tensor] {
    let tape = Tape()
    let tracked = [images, kernel, bias].map(tape.track)
    let result = convolution2D(
      tracked[0], kernel: tracked[1], bias: tracked[2], padding: padding, fusedReLU: fusesReLU,
      algorithm: algorithm)
    let gradients = try tape.gradients(of: result, startingFrom: random(result.shape, 4))
    return try [result.detached] + tracked.map { try #require(gradients[$0]) }
  }
}

private let sizes = (1...13).map { Case(height: $0, width: 14 - $0) }
private let channels = [16, 33, 64].flatMap { input in
  [16, 33, 64].map { Case(batch: 3, height: 7, width: 14, input: input, output: $0) }
}
private let paddings: [Case] = [
  .valid, .symmetric(2), .explicit(top: 0, bottom: 1, left: 0, right: 1),
  .explicit(top: 2, bottom: 0, left: 1, right: 0), .explicit(top: 3, bottom: 5, left: 0, right: 4),
].map { Case(batch: 3, height: 9, width: 10, input: 33, output: 16, padding: $0) }
private let others = [
  Case(height: 28, width: 28, input: 64, output: 64),
  Case(batch: 3, height: 28, width: 28, input: 16, output: 33),
  Case(batch: 3, height: 13, width: 7, input: 3, output: 5),
  Case(batch: 2, height: 14, width: 14, input: 512, output: 272),
  // So many tiles that each thread works on blocks of its own, and that with more channels all work on several blocks.
  Case(batch: 3, height: 60, width: 58, input: 33, output: 48),
  Case(batch: 2, height: 56, width: 56, input: 112, output: 128),
  Case(batch: 8, height: 5, width: 6, input: 16, output: 16),
]

@Test(arguments: sizes + channels + paddings + others)
private func portableWinogradAgreesWithTheDefinition(convolution: Case) throws {
  for fusesReLU in [false, true] {
    var convolution = convolution
    convolution.fusesReLU = fusesReLU
    let (direct, winograd) = (try convolution.run(.direct), try convolution.run(.portableWinograd))
    for (index, name) in ["result", "images", "kernel", "bias"].enumerated() {
      // A result within rounding of 0 may be cut off in one and let its gradient pass in the other.
      if fusesReLU && index > 0 { continue }
      expectClose(winograd[index], direct[index], within: 1e-5, "\(name) of \(convolution.testDescription)")
    }
  }
}

/// Where the compute library lays out its results in blocks of sixteen channels, as it does with AVX-512, they are read and written so;
/// 33 channels leave some over.
@Test(arguments: [32, 48, 33], [16, 33, 64])
func imagesInBlocksGiveTheBitsOfRowMajorOnes(input: Int, output: Int) throws {
  let before = Case(batch: 2, height: 9, width: 11, output: input)
  let after = Case(batch: 2, height: 9, width: 11, input: input, output: output)
  let blocked = convolution2D(before.images, kernel: before.kernel, padding: .same, algorithm: .direct)
  func everyDirection(of images: Tensor) throws -> [Tensor] {
    let inferred = convolution2D(
      images, kernel: after.kernel, bias: after.bias, padding: .same, fusedReLU: true,
      algorithm: .portableWinograd)
    let tape = Tape()
    let (tracked, kernel) = (tape.track(images), tape.track(after.kernel))
    let features = convolution2D(tracked, kernel: kernel, padding: .same, algorithm: .portableWinograd)
    let gradients = try tape.gradients(of: (features * features).sum())
    return [
      inferred, features.detached, try #require(gradients[tracked]), try #require(gradients[kernel]),
    ]
  }
  let plain = Tensor(shape: blocked.shape, scalars: blocked.scalars)
  for (index, (own, expected)) in zip(try everyDirection(of: blocked), try everyDirection(of: plain))
    .enumerated()
  {
    expectClose(own, expected, within: 0, "direction \(index), \(input) to \(output) channels")
  }
}

@Test(arguments: [(512, 14, true), (512, 4, false), (256, 28, true), (64, 56, false)])
func inferenceTakesThePortableFormWhereKernelsAreLarge(channels: Int, side: Int, prefers: Bool) {
  let shape = ConvolutionShape(
    input: [1, side, side, channels], kernel: [3, 3, channels, channels], strides: (1, 1), padding: .same,
    dilations: (1, 1), groups: 1)
  let plan = ConvolutionPlan(shape, .winograd)
  let library = LibraryConvolution(shape: shape, usesWinograd: true)
  for direction in [GRAFT_FORWARD_INFERENCE, GRAFT_FORWARD_TRAINING, GRAFT_BACKWARD_DATA] {
    let isLeft = PortableWinograd(shape: shape).pays(direction) && !library.hasWinograd(direction)
    let isExpected = prefers && direction == GRAFT_FORWARD_INFERENCE || isLeft
    let executor = plan.executor(direction, kernel: nil) { _ in }
    #expect(executor.isPortable == isExpected, "\(channels), \(side), \(direction)")
  }
}

@Test func reluKeepsWhatIsNotANumber() {
  var images = Case(height: 4, width: 4).images
  images.withUnsafeMutableScalars { $0[0] = .nan }
  let result = convolution2D(
    images, kernel: Case(height: 4, width: 4).kernel, padding: .same, fusedReLU: true,
    algorithm: .portableWinograd)
  let (undefined, negative) = (result.scalars.filter(\.isNaN), result.scalars.filter { $0 < 0 })
  #expect(!undefined.isEmpty)
  #expect(negative.isEmpty)
}

/// Each sum goes over the input channels in their order, in whatever block and on whatever thread its tile is. That results
/// do not depend on the number of threads follows from that for results and for gradients of images; sums over tiles, for
/// gradients of kernels, are divided by the shape alone.
@Test func portableWinogradHasTheSameBitsInEveryBatch() throws {
  // 32 images make blocks for each thread, one image is one block for all.
  let whole = Case(batch: 32, height: 20, width: 20, input: 32, output: 32)
  let images = whole.images
  let results = convolution2D(
    images, kernel: whole.kernel, bias: whole.bias, padding: .same, algorithm: .portableWinograd)
  let apart = (0..<32).map {
    convolution2D(
      images.rows([$0]), kernel: whole.kernel, bias: whole.bias, padding: .same, algorithm: .portableWinograd
    ).scalars
  }
  #expect(results.scalars == Array(apart.joined()))
}

@Test func gradientsHaveTheSameBitsEachTime() throws {
  let convolution = Case(batch: 8, height: 28, width: 28, input: 48, output: 32)
  let first = try convolution.run(.portableWinograd)
  for _ in 0..<5 {
    let again = try convolution.run(.portableWinograd)
    #expect(zip(first, again).allSatisfy { $0.scalars == $1.scalars })
  }
}

@Test func aTransformedKernelLastsUntilTheKernelChanges() {
  let convolution = Case(height: 8, width: 8)
  let images = convolution.images
  var kernel = convolution.kernel
  func run() -> [Float] {
    convolution2D(images, kernel: kernel, padding: .same, algorithm: .portableWinograd).scalars
  }
  func keptForms() -> Int { kernel.storage.packed.withLock { $0.count } }
  let before = run()
  #expect(keptForms() == 1)
  #expect(run() == before)
  #expect(keptForms() == 1)
  kernel.withUnsafeMutableScalars { scalars in
    for index in scalars.indices { scalars[index] *= 2 }
  }
  #expect(keptForms() == 0)
  #expect(run() == before.map { 2 * $0 })
  // The same elements as a kernel of another shape have another transform.
  let turned = kernel.reshaped(to: [3, 3, 8, 32])
  let result = convolution2D(
    Tensor(repeating: 1, shape: [1, 8, 8, 8]), kernel: turned, padding: .same, algorithm: .portableWinograd)
  let expected = convolution2D(
    Tensor(repeating: 1, shape: [1, 8, 8, 8]), kernel: turned, padding: .same, algorithm: .direct)
  expectClose(result, expected, within: 1e-5, "a reshaped kernel")
}

@Test func transposedConvolutionsWithStrideOneAreFilteredToo() throws {
  var random = RandomStream(seed: 5)
  let (images, kernel) = (
    Tensor(normal: [2, 9, 7, 32], random: &random), Tensor(normal: [3, 3, 16, 32], random: &random)
  )
  func run(_ algorithm: ConvolutionAlgorithm) throws -> [Tensor] {
    let tape = Tape()
    let tracked = [images, kernel].map(tape.track)
    let result = transposedConvolution2D(tracked[0], kernel: tracked[1], padding: .same, algorithm: algorithm)
    let gradients = try tape.gradients(of: (result * result).sum())
    return try [result.detached] + tracked.map { try #require(gradients[$0]) }
  }
  for (winograd, direct) in zip(try run(.portableWinograd), try run(.direct)) {
    expectClose(winograd, direct, within: 1e-5, "a transposed convolution")
  }
}

// MARK: The choice

@Test func whatIsNoMinimalFilteringIsComputedDirectly() {
  let names = convolutionImplementations(
    input: [1, 16, 16, 16], kernel: [3, 3, 16, 16], strides: (2, 2), algorithm: .portableWinograd)
  #expect(names.allSatisfy { $0 != PortableWinograd.implementation }, "\(names)")
  let forced = convolutionImplementations(
    input: [1, 16, 16, 3], kernel: [3, 3, 3, 16], algorithm: .portableWinograd)
  #expect(forced == Array(repeating: PortableWinograd.implementation, count: 3))
}

/// The library has no Winograd kernel for so uneven a padding in any version.
@Test(arguments: [(64, true), (16, false)])
func winogradIsPortableWhereTheLibraryHasNoneAndItPays(channels: Int, pays: Bool) {
  let names = convolutionImplementations(
    input: [8, 56, 56, channels], kernel: [3, 3, channels, channels],
    padding: .explicit(top: 0, bottom: 2, left: 2, right: 0), algorithm: .winograd)
  for name in names { #expect((name == PortableWinograd.implementation) == pays, "\(name)") }
}

@Test(arguments: [(1, 5, false), (64, 5, false), (1, 28, true), (4, 7, false), (16, 7, true)])
func portableWinogradPaysWithEnoughTilesThatFillTheImage(batch: Int, side: Int, pays: Bool) {
  let shape = ConvolutionShape(
    input: [batch, side, side, 64], kernel: [3, 3, 64, 64], strides: (1, 1), padding: .same,
    dilations: (1, 1), groups: 1)
  #expect(PortableWinograd(shape: shape).pays(GRAFT_BACKWARD_WEIGHTS) == pays)
}
