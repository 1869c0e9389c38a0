import GraftTensor
import TestSupport
import Testing

/// Numbers that keep their distance from each other and from 0, so that no step crosses a kink.
private func spread(_ shape: Tensor.Shape, from start: Float = -1.5, seed: UInt64 = 1) -> Tensor {
  var random = RandomStream(seed: seed)
  let gap = 3 / Float(shape.scalarCount)
  let order = random.permutation(of: shape.scalarCount)
  return Tensor(shape: shape, scalars: order.map { start + gap * (Float($0) + 0.5) })
}

private func normal(_ shape: Tensor.Shape, seed: UInt64 = 2) -> Tensor {
  var random = RandomStream(seed: seed)
  return Tensor(normal: shape, random: &random)
}

private struct Operation: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let inputs: [Tensor]
  let run: @Sendable ([Tensor]) -> Tensor

  init(_ name: String, _ inputs: Tensor..., run: @escaping @Sendable ([Tensor]) -> Tensor) {
    (testDescription, self.inputs, self.run) = (name, inputs, run)
  }
}

private let elementwise = [
  Operation("relu", spread([2, 5, 3, 2])) { relu($0[0]) },
  Operation("leaky relu", spread([2, 5, 3, 2])) { leakyReLU($0[0], slope: 0.3) },
  Operation("sigmoid", spread([4, 5])) { sigmoid($0[0]) },
  Operation("tanh", spread([4, 5])) { tanh($0[0]) },
  Operation("exp", spread([4, 5])) { exp($0[0]) },
  Operation("log", spread([4, 5], from: 0.5)) { log($0[0]) },
  Operation("square root", spread([4, 5], from: 0.5)) { sqrt($0[0]) },
  Operation("absolute", spread([4, 5])) { abs($0[0]) },
  Operation("softmax", spread([3, 2, 5])) { softmax($0[0]) },
  Operation("log-softmax", spread([3, 2, 5])) { logSoftmax($0[0]) },
  Operation("dropout", normal([4, 5])) {
    var random = RandomStream(seed: 5)
    return dropout($0[0], rate: 0.5, random: &random)
  },
  Operation("add, repeated", normal([2, 1, 3]), normal([4, 1])) { $0[0] + $0[1] },
  Operation("subtract, repeated", normal([3]), normal([2, 4, 1])) { $0[0] - $0[1] },
  Operation("multiply, repeated", normal([2, 1, 3]), normal([4, 1])) { $0[0] * $0[1] },
  Operation("divide, repeated", normal([2, 4, 3]), spread([4, 1], from: 0.5)) { $0[0] / $0[1] },
  Operation("numbers", normal([3, 2])) { 2 - (3 * $0[0] - 1) / 4 + 5 },
]

private let reductionsAndShapes = [
  Operation("sum", normal([2, 3, 4])) { $0[0].sum() },
  Operation("sum along axes apart", normal([2, 3, 4])) { $0[0].sum(alongAxes: [0, 2]) },
  Operation("mean, kept", normal([2, 3, 4])) { $0[0].mean(alongAxes: [-1], keepingAxes: true) },
  Operation("max", spread([2, 3, 4])) { $0[0].max(alongAxes: [1, 2]) },
  Operation("reshape", normal([2, 3, 4])) { $0[0].reshaped(to: [4, 6]) },
  Operation("flatten", normal([2, 3, 4, 2])) { $0[0].flattened() },
  Operation("transpose", normal([2, 3, 4])) { $0[0].transposed([2, 0, 1]) },
  Operation("repeat", normal([3, 1])) { $0[0].broadcast(to: [2, 3, 4]) },
  Operation("matrix product", normal([3, 4]), normal([4, 5], seed: 3)) { matrixProduct($0[0], $0[1]) },
  Operation("matrix products, repeated", normal([3, 1, 4, 5]), normal([2, 5, 3], seed: 3)) {
    matrixProduct($0[0], $0[1])
  },
  Operation("left matrices transposed", normal([2, 4, 3]), normal([4, 5], seed: 3)) {
    matrixProduct($0[0], $0[1], transposingLeft: true)
  },
  Operation("right matrices transposed", normal([3, 4]), normal([2, 5, 4], seed: 3)) {
    matrixProduct($0[0], $0[1], transposingRight: true)
  },
  Operation("both matrices transposed", normal([2, 4, 3]), normal([2, 5, 4], seed: 3)) {
    matrixProduct($0[0], $0[1], transposingLeft: true, transposingRight: true)
  },
  Operation("concatenate", normal([2, 3, 2]), normal([2, 1, 2], seed: 3), normal([2, 4, 2], seed: 4)) {
    .concatenated($0, alongAxis: 1)
  },
  Operation("slice", normal([3, 4, 5])) { $0[0].sliced([1..<3, 0..<4, 2..<3]) },
  Operation("slice of one axis", normal([3, 4, 5])) { $0[0].sliced(1..<3, alongAxis: -2) },
  Operation("pad", normal([2, 3])) { $0[0].padded([(1, 0), (2, 3)]) },
]

private let normalization = [
  Operation("batch normalisation", normal([3, 2, 4, 5]), normal([5], seed: 3), normal([5], seed: 4)) {
    batchNormalization($0[0], gamma: $0[1], beta: $0[2], epsilon: 1e-3).result
  },
  Operation("batch normalisation without parameters", normal([6, 3])) {
    batchNormalization($0[0], epsilon: 1e-3).result
  },
  Operation("frozen batch normalisation", normal([2, 3, 2, 4]), normal([4], seed: 3), normal([4], seed: 4)) {
    batchNormalization(
      $0[0], gamma: $0[1], beta: $0[2], mean: normal([4], seed: 5), variance: spread([4], from: 0.5),
      epsilon: 1e-3)
  },
  Operation("batch normalisation by constants", normal([2, 3, 2, 4])) {
    batchNormalization(
      $0[0], gamma: normal([4], seed: 3), beta: normal([4], seed: 6), mean: normal([4], seed: 5),
      variance: spread([4], from: 0.5), epsilon: 1e-3)
  },
  Operation("frozen batch normalisation without gamma", normal([5, 4]), normal([4], seed: 4)) {
    batchNormalization(
      $0[0], beta: $0[1], mean: normal([4], seed: 5), variance: spread([4], from: 0.5), epsilon: 1e-3)
  },
]

private let windows = [
  Operation("convolution", normal([2, 6, 5, 3]), normal([3, 3, 3, 4], seed: 3), normal([4], seed: 4)) {
    convolution2D($0[0], kernel: $0[1], bias: $0[2], strides: (2, 1), padding: .same)
  },
  Operation("convolution of groups", normal([2, 5, 5, 4]), normal([3, 3, 2, 6], seed: 3)) {
    convolution2D($0[0], kernel: $0[1], padding: .symmetric(1), groups: 2)
  },
  Operation("dilated convolution", normal([1, 7, 7, 2]), normal([3, 3, 2, 3], seed: 3)) {
    convolution2D($0[0], kernel: $0[1], padding: .same, dilations: (2, 2))
  },
  Operation("Winograd convolution", normal([2, 6, 6, 16]), normal([3, 3, 16, 16], seed: 3)) {
    convolution2D($0[0], kernel: $0[1], padding: .same, algorithm: .winograd)
  },
  Operation("transposed convolution", normal([2, 3, 4, 2]), normal([4, 4, 3, 2], seed: 3)) {
    transposedConvolution2D($0[0], kernel: $0[1], strides: (2, 2), padding: .same)
  },
  Operation("max pooling", spread([1, 6, 6, 2])) { maxPooling2D($0[0], window: (3, 3), strides: (2, 2)) },
  Operation("max pooling, overhanging", spread([1, 5, 5, 2])) {
    maxPooling2D($0[0], window: (2, 2), ceiling: true)
  },
  Operation("average pooling", normal([2, 7, 6, 3])) { averagePooling2D($0[0], window: (2, 2)) },
  Operation("average pooling, same", normal([1, 6, 5, 2])) {
    averagePooling2D($0[0], window: (3, 3), strides: (2, 2), padding: .same)
  },
  Operation("average pooling, padded, counted and overhanging", normal([1, 6, 8, 16])) {
    averagePooling2D(
      $0[0], window: (3, 3), strides: (2, 2), padding: .symmetric(1), ceiling: true, countingPadding: true)
  },
  Operation("average pooling of a convolution", normal([1, 6, 6, 16]), normal([3, 3, 16, 20], seed: 3)) {
    averagePooling2D(convolution2D($0[0], kernel: $0[1], padding: .same), window: (2, 2))
  },
  Operation("global average pooling", normal([2, 3, 4, 2])) { globalAveragePooling2D($0[0]) },
  Operation("global max pooling", spread([2, 3, 4, 2])) { globalMaxPooling2D($0[0]) },
]

private let resizing = Interpolation.allCases.flatMap { interpolation in
  [(7, 9), (2, 3), (1, 4)].map { size in
    Operation("resize to \(size), \(interpolation)", normal([2, 3, 4, 2])) {
      resized2D($0[0], to: size, interpolation: interpolation)
    }
  }
}

@Test(arguments: elementwise + reductionsAndShapes + normalization + windows + resizing)
private func gradientsAreThoseOfFiniteDifferences(operation: Operation) throws {
  try checkGradients(of: operation.run, at: operation.inputs, operation.testDescription)
}

@Test func aConvolutionWithReLUInsideHasTheGradientsOfBothApart() throws {
  let inputs = [normal([2, 6, 6, 16]), normal([3, 3, 16, 8], seed: 3), normal([8], seed: 4)]
  let results = try [true, false].map { isFused in
    let tape = Tape()
    let tracked = inputs.map(tape.track)
    var result = convolution2D(
      tracked[0], kernel: tracked[1], bias: tracked[2], padding: .same, fusedReLU: isFused, algorithm: .direct
    )
    if !isFused { result = relu(result) }
    let gradients = try tape.gradients(of: (result * result).sum())
    return try [result] + tracked.map { try #require(gradients[$0]) }
  }
  for (index, name) in ["result", "input", "kernel", "bias"].enumerated() {
    expectClose(results[0][index], results[1][index], within: 1e-6, name)
  }
}

// MARK: The check itself

@Test func theCheckFindsAWrongGradient() throws {
  let input = normal([5, 4])
  func doubled(by factor: Float) -> ([Tensor]) -> Tensor {
    { inputs in differentiable(inputs[0].detached * 2, of: inputs) { [$0 * factor] } }
  }
  #expect(try gradientErrors(of: doubled(by: 2), at: [input])[0] < 1e-3)
  #expect(try gradientErrors(of: doubled(by: 2.1), at: [input])[0] > 0.02)
  #expect(try gradientErrors(of: doubled(by: 0), at: [input])[0] > 0.5)
}

@Test func theCheckFindsAGradientThatIsMissing() throws {
  let errors = try gradientErrors(of: { $0[0] + $0[1].detached }, at: [normal([3]), normal([3], seed: 4)])
  #expect(errors[0] < 1e-3)
  #expect(errors[1] > 0.5)
}

@Test func theComparisonTellsNumbersApart() {
  #expect(relativeDifference([1, 2], [1, 2]) == 0)
  #expect(relativeDifference([1, 2.5], [1, 2]) == 0.25)
  #expect(relativeDifference([0.5], [0]) == 0.5)
  #expect(relativeDifference([1], [1, 2]) == .infinity)
  #expect(relativeDifference([.nan, 1], [.nan, 1]) == 0)
  #expect(relativeDifference([.nan, 1], [1, .nan]) == .infinity)
  #expect(relativeDifference([.infinity], [-.infinity]) == .infinity)
  #expect(relativeDifference([.infinity, 1], [.infinity, 1]) == 0)
}
