import Foundation
import GraftLayers
import GraftMetrics
import GraftTensor
@testable import GraftTraining
import Testing

private let logits = Tensor(shape: [3, 3], scalars: [0.5, -1, 2, 0.25, 0, -0.75, 1, 1.5, -2])
private let labels = Tensor(shape: [3], integers: [2, 0, 1])

@Test func classWeightsScaleTheLossOfEachSample() {
  let weights: [Float] = [0.5, 2, 3]
  let weighted = Loss.softmaxCrossEntropy(classWeights: weights)
  // By the definition, in double: the mean of w · (log Σ eˣ − x of the class).
  let rows: [[Double]] = [[0.5, -1, 2], [0.25, 0, -0.75], [1, 1.5, -2]]
  let wanted =
    zip(rows, [2, 0, 1]).map { row, label in
      Double(weights[label]) * (log(row.map(exp).reduce(0, +)) - row[label])
    }.reduce(0, +) / 3
  #expect(abs(Double(weighted.function(logits, labels).scalar) - wanted) <= 1e-6)
}

@Test func equalClassWeightsScaleTheGradient() throws {
  func gradient(_ loss: Loss) throws -> [Float] {
    let tape = Tape()
    let tracked = tape.track(logits)
    let gradients = try tape.gradients(of: loss.function(tracked, labels))
    return try #require(gradients[tracked]).scalars
  }
  let plain = try gradient(.softmaxCrossEntropy)
  let doubled = try gradient(.softmaxCrossEntropy(classWeights: [2, 2, 2]))
  for (own, other) in zip(doubled, plain) { #expect(abs(own - 2 * other) <= 1e-6) }
  // A class of weight 0 teaches nothing: its row has no gradient.
  let silent = try gradient(.softmaxCrossEntropy(classWeights: [1, 1, 0]))
  #expect(silent[0..<3].allSatisfy { $0 == 0 } && silent[3..<9].allSatisfy { $0 != 0 })
}

@Test func classWeightsAreInTheName() {
  let names = [Loss.softmaxCrossEntropy, .softmaxCrossEntropy(classWeights: [1, 2])].map(\.name)
  #expect(names == ["softmax cross entropy", "softmax cross entropy, classes weighted [1.0, 2.0]"])
}
