import GraftTensor
import TestSupport
import Testing

/// A layer like VGG19's second.
private struct Layer {
  let input, kernel, bias, arriving: Tensor

  init(batch: Int, side: Int = 56, channels: Int = 64) {
    var random = RandomStream(seed: UInt64(batch))
    input = Tensor(uniform: [batch, side, side, channels], in: 0..<1, random: &random)
    kernel = Tensor(normal: [3, 3, channels, channels], standardDeviation: 0.06, random: &random)
    bias = Tensor(normal: [channels], random: &random)
    arriving = Tensor(normal: [batch, side, side, channels], random: &random)
  }

  /// The result and the gradients of input, kernel and bias.
  func run(_ algorithm: ConvolutionAlgorithm) throws -> [Tensor] {
    let tape = Tape()
    let tracked = [input, kernel, bias].map(tape.track)
    let result = convolution2D(
      tracked[0], kernel: tracked[1], bias: tracked[2], padding: .same, algorithm: algorithm)
    let gradients = try tape.gradients(of: result, startingFrom: arriving)
    return try [result] + tracked.map { try #require(gradients[$0]) }
  }
}

@Test(arguments: [(1, 56, 64), (3, 56, 64), (8, 56, 64), (32, 14, 512), (18, 14, 512)])
func winogradAgreesWithTheDefinitionInAllDirections(batch: Int, side: Int, channels: Int) throws {
  let layer = Layer(batch: batch, side: side, channels: channels)
  let (direct, winograd) = (try layer.run(.direct), try layer.run(.winograd))
  for (index, name) in ["result", "input", "kernel", "bias"].enumerated() {
    expectClose(winograd[index], direct[index], within: 1e-5, "\(name) at batch \(batch)")
  }
}

@Test func inferenceAgreesWithTraining() throws {
  let layer = Layer(batch: 2)
  let training = try layer.run(.winograd)[0]
  let inference = convolution2D(layer.input, kernel: layer.kernel, bias: layer.bias, padding: .same)
  expectClose(inference, training, within: 1e-5, "result")
}

@Test func directConvolutionHasTheSameBitsInEveryBatch() {
  let layer = Layer(batch: 8, side: 14)
  let whole = convolution2D(layer.input, kernel: layer.kernel, padding: .same, algorithm: .direct)
  let apart = (0..<8).map {
    convolution2D(layer.input.rows([$0]), kernel: layer.kernel, padding: .same, algorithm: .direct).scalars
  }
  #expect(whole.scalars == Array(apart.joined()))
}

@Test func chosenImplementationsAreReportedForAllDirections() {
  let names = ConvolutionAlgorithm.allCases.map {
    convolutionImplementations(
      input: [8, 56, 56, 64], kernel: [3, 3, 64, 64], padding: .same, algorithm: $0)
  }
  for chosen in names {
    #expect(chosen.count == 3)
    #expect(chosen.allSatisfy { !$0.isEmpty })
  }
  #expect(names[0].allSatisfy { !$0.contains("wino") }, "direct is \(names[0])")
}

// MARK: Blocked layouts

@Test func aChainInTheLibrarysLayoutGivesWhatRowMajorStepsGive() throws {
  var random = RandomStream(seed: 9)
  let image = Tensor(normal: [2, 16, 16, 32], random: &random)
  let kernels = (0..<2).map { _ in
    Tensor(normal: [3, 3, 32, 32], standardDeviation: 0.1, random: &random)
  }
  /// Puts a value back in row-major order, as reading it does.
  func ordered(_ tensor: Tensor) -> Tensor {
    tensor.reshaped(to: [tensor.scalarCount]).reshaped(to: tensor.shape)
  }
  let results = try [false, true].map { isOrdered in
    let tape = Tape()
    let x = tape.track(image)
    let step = isOrdered ? ordered : { $0 }
    let first = step(relu(step(convolution2D(x, kernel: kernels[0], padding: .same, algorithm: .winograd))))
    let pooled = step(maxPooling2D(first, window: (2, 2)))
    let second = step(convolution2D(pooled, kernel: kernels[1], padding: .same, algorithm: .winograd))
    let result = step(maxPooling2D(step(tanh(second)), window: (3, 3), strides: (2, 2)))
    let gradients = try tape.gradients(of: (result * result).sum())
    return (result, try #require(gradients[x]))
  }
  expectClose(results[0].0, results[1].0, within: 1e-6, "result")
  expectClose(results[0].1, results[1].1, within: 1e-6, "gradient")
}

/// A pooled image is in row-major order, named as the library names it, a convolved one in blocks of 16 channels; both take
/// as many bytes.
@Test func poolingTellsLayoutsOfTheSameSizeApart() {
  let layer = Layer(batch: 1, side: 8, channels: 32)
  let blocked = convolution2D(layer.input, kernel: layer.kernel, padding: .same, algorithm: .winograd)
  let plain = Tensor(shape: blocked.shape, scalars: blocked.scalars)
  let expected = maxPooling2D(plain, window: (2, 2)).scalars
  for copy in [maxPooling2D(plain, window: (1, 1)), blocked] {
    #expect(maxPooling2D(copy, window: (2, 2)).scalars == expected)
  }
}
