import Foundation
import GraftLayers
import GraftMetrics
import GraftTensor
@testable import GraftTraining
import Testing

/// Two images of four pixels, as a decoder gives them, and their masks.
private let logits = Tensor(shape: [2, 2, 2, 1], scalars: [0.5, -1, 2, 0.25, 0, -0.75, 1, 1.5])
private let masks = Tensor(shape: [2, 2, 2, 1], integers: [1, 0, 1, 1, 0, 0, 1, 0]).converted(to: .uint8)

private func gradient(_ loss: Loss) throws -> [Float] {
  let tape = Tape()
  let tracked = tape.track(logits)
  let gradients = try tape.gradients(of: loss.function(tracked, masks))
  return try #require(gradients[tracked]).scalars
}

@Test func foregroundWeighsAsItIsTold() throws {
  let probabilities = logits.scalars.map { 1 / (1 + exp(-Double($0))) }
  let terms = zip(probabilities, masks.scalars).map { p, t in t == 1 ? -3 * log(p) : -log(1 - p) }
  let loss = Loss.binaryCrossEntropy(foregroundWeight: 3).function(logits, masks)
  #expect(abs(Double(loss.scalar) - terms.reduce(0, +) / 8) <= 1e-6)
  let (weighted, plain) = (
    try gradient(.binaryCrossEntropy(foregroundWeight: 3)), try gradient(.binaryCrossEntropy)
  )
  for (index, target) in masks.scalars.enumerated() {
    #expect(abs(weighted[index] - plain[index] * (target == 1 ? 3 : 1)) <= 1e-7)
  }
}

@Test func overlapLossesSeeTheProbabilities() throws {
  let probabilities = sigmoid(logits)
  let pairs = [
    (Loss.dice(smoothing: 0.5), diceLoss(fromProbabilities: probabilities, masks, smoothing: 0.5)),
    (.softIoU(), softIoULoss(fromProbabilities: probabilities, masks)),
    (.focal(gamma: 1.5, alpha: 0.25), focalLoss(fromLogits: logits, masks, gamma: 1.5, alpha: 0.25)),
  ]
  for (loss, wanted) in pairs {
    #expect(loss.function(logits, masks).scalar == wanted.scalar, "\(loss.name)")
    // Whoever grows in the foreground and shrinks in the background is right.
    for (slope, target) in zip(try gradient(loss), masks.scalars) {
      #expect(target == 1 ? slope < 0 : slope > 0, "\(loss.name)")
    }
  }
}

@Test func lossesOfSlicesAddUpToThatOfTheBatch() {
  for loss in [Loss.dice(), .softIoU(), .focal(), .binaryCrossEntropy(foregroundWeight: 2)] {
    let parts = [0, 1].map { image in loss.function(logits.rows([image]), masks.rows([image])).scalar }
    #expect(abs(loss.function(logits, masks).scalar - (parts[0] + parts[1]) / 2) <= 1e-6, "\(loss.name)")
  }
}

@Test func settingsOfMaskLossesAreInTheirNames() {
  let losses: [Loss] = [
    .binaryCrossEntropy, .binaryCrossEntropy(foregroundWeight: 2), .dice(), .dice(smoothing: 0), .softIoU(),
    .focal(), .focal(gamma: 1), .focal(alpha: 0.25),
  ]
  #expect(Set(losses.map(\.name)).count == losses.count)
}
