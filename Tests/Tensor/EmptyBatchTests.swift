import GraftTensor
import TestSupport
import Testing

/// An operation on images that takes parameters, and the shape of its result for no images.
private struct Case: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let parameters: [Tensor.Shape]
  let result: Tensor.Shape
  let operation: @Sendable ([Tensor]) -> Tensor

  init(
    _ name: String, _ parameters: [Tensor.Shape] = [], gives result: Tensor.Shape,
    _ operation: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    (testDescription, self.parameters, self.result, self.operation) = (name, parameters, result, operation)
  }
}

private let ones = Tensor(repeating: 1, shape: [4])

private let cases = [
  Case("convolution", [[3, 3, 4, 6], [6]], gives: [0, 4, 3, 6]) {
    convolution2D($0[0], kernel: $0[1], bias: $0[2], fusedReLU: true)
  },
  Case("convolution of groups", [[3, 3, 1, 4]], gives: [0, 3, 3, 4]) {
    convolution2D($0[0], kernel: $0[1], strides: (2, 2), padding: .same, groups: 4)
  },
  Case("narrow convolution", [[1, 1, 4, 2]], gives: [0, 6, 5, 2]) { convolution2D($0[0], kernel: $0[1]) },
  Case("transposed convolution", [[4, 4, 2, 4]], gives: [0, 12, 10, 2]) {
    transposedConvolution2D($0[0], kernel: $0[1], strides: (2, 2), padding: .same)
  },
  Case("max pooling", gives: [0, 3, 2, 4]) { maxPooling2D($0[0], window: (2, 2)) },
  Case("average pooling", gives: [0, 3, 3, 4]) {
    averagePooling2D($0[0], window: (2, 2), ceiling: true, countingPadding: true)
  },
  Case("global average pooling", gives: [0, 4]) { globalAveragePooling2D($0[0]) },
  Case("global max pooling", gives: [0, 4]) { globalMaxPooling2D($0[0]) },
  Case("resizing", gives: [0, 7, 9, 4]) { resized2D($0[0], to: (7, 9)) },
  Case("batch normalisation", [[4], [4]], gives: [0, 6, 5, 4]) {
    batchNormalization($0[0], gamma: $0[1], beta: $0[2], epsilon: 1e-3).result
  },
  Case("batch normalisation by stored statistics", [[4]], gives: [0, 6, 5, 4]) {
    batchNormalization($0[0], gamma: $0[1], mean: ones, variance: ones, epsilon: 1e-3)
  },
  Case("softmax", gives: [0, 6, 5, 4]) { softmax($0[0]) },
  Case("log softmax", gives: [0, 6, 5, 4]) { logSoftmax($0[0]) },
  Case("sigmoid", gives: [0, 6, 5, 4]) { sigmoid(log(exp($0[0]))) },
  Case("leaky ReLU", gives: [0, 6, 5, 4]) { leakyReLU($0[0], slope: 0.1) },
]

@Suite struct EmptyBatchTests {
  @Test(arguments: cases)
  fileprivate func anEmptyBatchGivesAnEmptyResultAndZeroGradients(of operation: Case) throws {
    let inputs = [Tensor(zeros: [0, 6, 5, 4])] + operation.parameters.map { Tensor(repeating: 1, shape: $0) }
    #expect(operation.operation(inputs).shape == operation.result)
    let tape = Tape()
    let tracked = inputs.map(tape.track)
    let gradients = try tape.gradients(of: operation.operation(tracked).sum())
    for input in tracked {
      let gradient = try #require(gradients[input])
      #expect(gradient.shape == input.shape && gradient.scalars.allSatisfy { $0 == 0 })
    }
  }

  @Test func classesWithoutAnyHaveALogSoftmax() throws {
    let tape = Tape()
    let x = tape.track(Tensor(zeros: [3, 0]))
    let result = logSoftmax(x)
    #expect(result.shape == [3, 0])
    #expect(try tape.gradients(of: result, startingFrom: Tensor(zeros: [3, 0]))[x]?.shape == [3, 0])
  }

  @Test func anEmptyBatchHasStatisticsOfNothing() {
    let statistics = batchNormalization(Tensor(zeros: [0, 2, 2, 4]), epsilon: 1e-3).statistics
    #expect(statistics.count == 0)
  }
}
