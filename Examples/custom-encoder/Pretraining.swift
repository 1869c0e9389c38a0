import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining

/// Teaches a MobileFace to tell drawn shapes apart: a start that is better than random weights, and needs no data.
struct Pretraining {
  /// How many.
  let shapes: Int
  /// Where it goes on after it was stopped.
  let checkpoint: URL
  private static let side = 64
  private static let heldOut = 480
  // So deep and narrow a network needs the steps and the rate: with 3e-3 it tells 0.18 of the shapes after eight epochs, so
  // 0.61.
  private static let epochs = 10
  private static let learningRate: Float = 1e-2
  private static let batchSize = 32

  func run() throws -> MobileFace {
    let random = RandomStream(seed: 1)
    let encoder = MobileFace(side: Self.side, random: random.child("encoder"))
    let network = ClassificationNetwork(
      encoder: encoder, head: .linear(classes: SyntheticShapes.Class.allCases.count),
      random: random.child("head"))
    let report = ProgressReport(
      title: "MobileFace on shapes", metric: .validation(.accuracy), terminal: .standardError
    ) { StandardError.write($0) }
    let trainer = Trainer(
      network, loss: .softmaxCrossEntropy, metrics: [.accuracy],
      optimizer: Adam(.pyTorch, learningRate: Self.learningRate),
      schedule: .cosine(epochs: Self.epochs, warmUp: 1), random: random.child("training"),
      checkpoint: checkpoint, observers: [report], isInterrupted: { Interruption.isRequested })
    let history = try trainer.fit(
      SyntheticShapes(count: shapes, side: Self.side, seed: 1).dataset.batches(
        of: Self.batchSize, shuffledBy: 1),
      validation: SyntheticShapes(count: Self.heldOut, side: Self.side, seed: 2).dataset.batches(
        of: Self.batchSize),
      until: .epochs(Self.epochs))
    let accuracy = history.epochs.last?[.validation(.accuracy)] ?? .nan
    print(
      String(
        format: "MobileFace on shapes: accuracy %.2f on %d that it has not learned from; guessing gives %.2f",
        accuracy, Self.heldOut, 1 / Double(SyntheticShapes.Class.allCases.count)))
    // Convolutions do not mind how large pictures are: the same weights, for the pictures of the study.
    let result = MobileFace()
    try result.load(encoder.state)
    return result
  }
}
