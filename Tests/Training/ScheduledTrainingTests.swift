import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftMetrics
@testable import GraftTraining
import TestSupport
import Testing

private func makeClassifier() -> ClassificationNetwork {
  let preprocessing = Preprocessing(width: 32, height: 32, style: .tensorFlow)
  let encoder = VGG(.vgg16, width: 4, preprocessing: preprocessing, random: RandomStream(seed: 4))
  encoder.freeze(through: "block4")
  return ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
}

/// Never better than in the first epoch, so that each epoch after it is a plateau.
private let plateau = LearningRateSchedule.reduceOnPlateau(
  of: MonitoredMetric(part: .validation, metricName: nil, direction: .higher), patience: 1, factor: 0.5)

private struct Setup: Sendable {
  var optimizer: any Optimizer = AdamW(
    .pyTorch, learningRate: 1e-3, groups: [.init(prefix: "encoder.", learningRateFactor: 0.5)])
  var schedule = plateau
  var loss = Loss.softmaxCrossEntropy
  var weights: [Double]?
  var epochs = 4

  func train(
    _ classifier: ClassificationNetwork, in folder: URL, checkpoint: String? = nil,
    stoppingAfter steps: Int? = nil
  ) throws -> History {
    var asked = 0
    let trainer = Trainer(
      classifier, loss: loss, optimizer: optimizer, schedule: schedule, microBatchSize: 4,
      store: FeatureStore(folder: folder.appendingPathComponent("features")),
      checkpoint: checkpoint.map { folder.appendingPathComponent($0) },
      isInterrupted: {
        asked += 1
        return asked == steps
      })
    let data = squares(count: 20, period: 3)
    let batches = weights.map { data.batches(of: 8, drawnBy: $0, seed: 3) }
    return try trainer.fit(
      batches ?? data.batches(of: 8, shuffledBy: 3),
      validation: squares(count: 6, period: 3).batches(of: 6),
      until: .epochs(epochs))
  }
}

private func bits(_ classifier: ClassificationNetwork) -> [String: [UInt32]] {
  classifier.state.mapValues { $0.scalars.map(\.bitPattern) }
}

/// Stopped in the third epoch, whose rate depends on the first two, by an optimizer that counts its steps.
@Test(arguments: [false, true])
func trainingWithAScheduleStoppedInMidEpochGoesOnToTheSameBits(_ isWeighted: Bool) throws {
  try withTemporaryFolder { folder in
    var setup = Setup()
    if isWeighted {
      setup.weights = (0..<20).map { Double($0 % 3 + 1) }
      setup.loss = .softmaxCrossEntropy(classWeights: [0.5, 2])
    }
    let whole = makeClassifier()
    let history = try setup.train(whole, in: folder)
    let stopped = makeClassifier()
    // The eighth step is the second of three in the third epoch; what is frozen is cached by now and does not ask.
    #expect(throws: TrainingInterrupted.self) {
      _ = try setup.train(stopped, in: folder, checkpoint: "c.safetensors", stoppingAfter: 8)
    }
    let resumed = makeClassifier()
    let continued = try setup.train(resumed, in: folder, checkpoint: "c.safetensors")
    #expect(bits(resumed) == bits(whole) && bits(stopped) != bits(whole))
    #expect(continued.epochs.map(\.learningRate) == history.epochs.map(\.learningRate))
    #expect(continued.epochs.map(\.metrics) == history.epochs.map(\.metrics))
    #expect(continued.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
    #expect((history.epochs.last?.learningRate ?? 1) < 1e-3)
  }
}

@Test func epochsRecordTheRateThatTheScheduleGives() throws {
  try withTemporaryFolder { folder in
    var setup = Setup()
    setup.schedule = .step(every: 1, factor: 0.5)
    setup.epochs = 3
    let history = try setup.train(makeClassifier(), in: folder)
    #expect(history.epochs.map(\.learningRate) == [1e-3, 1e-3 * 0.5, 1e-3 * 0.25])
  }
}

/// A rate of 0 from the second epoch on: what is recorded is what is used.
@Test func theScheduledRateIsUsed() throws {
  try withTemporaryFolder { folder in
    let (short, long) = (makeClassifier(), makeClassifier())
    var setup = Setup()
    setup.schedule = .cosine(epochs: 1)
    setup.epochs = 1
    _ = try setup.train(short, in: folder)
    setup.epochs = 3
    let history = try setup.train(long, in: folder)
    #expect(bits(short) == bits(long) && history.epochs.map(\.learningRate) == [1e-3, 0, 0])
    #expect(bits(short) != bits(makeClassifier()))
  }
}

@Test func checkpointOfAnotherScheduleIsRefused() throws {
  try withTemporaryFolder { folder in
    var setup = Setup()
    setup.epochs = 1
    _ = try setup.train(makeClassifier(), in: folder, checkpoint: "c.safetensors")
    setup.schedule = .step(every: 3)
    #expect {
      _ = try setup.train(makeClassifier(), in: folder, checkpoint: "c.safetensors")
    } throws: {
      "\($0)".contains("the learning-rate schedule was × 0.5 after 1 epochs")
        && "\($0)".contains("is now × 0.1 after every 3 epochs")
    }
  }
}
