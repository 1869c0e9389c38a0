import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import TestSupport
import Testing

@testable import GraftTraining

private func makeClassifier(frozenThrough stage: String?) -> ClassificationNetwork {
  let preprocessing = Preprocessing(width: 32, height: 32, style: .tensorFlow)
  let encoder = VGG(.vgg16, width: 4, preprocessing: preprocessing, random: RandomStream(seed: 4))
  if let stage { encoder.freeze(through: stage) }
  return ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
}

private func train(
  _ classifier: ClassificationNetwork, in folder: URL, checkpoint: String? = nil, microBatchSize: Int = 4,
  epochs: Int = 3, learningRate: Float = 1e-3,
  augmentation: Augmentation? = nil,
  stoppingAfter steps: Int? = nil
) throws -> History {
  var asked = 0
  let trainer = Trainer(
    classifier, loss: .softmaxCrossEntropy, metrics: [.accuracy],
    optimizer: RMSprop(learningRate: learningRate),
    microBatchSize: microBatchSize,
    store: FeatureStore(folder: folder.appendingPathComponent("features")),
    checkpoint: checkpoint.map { folder.appendingPathComponent($0) },
    isInterrupted: {
      asked += 1
      return asked == steps
    })
  let batches = squares(count: 20).batches(of: 8, shuffledBy: 3)
  return try trainer.fit(
    augmentation.map(batches.augmented(by:)) ?? batches, validation: squares(count: 6).batches(of: 6),
    until: .epochs(epochs), keep: .best(.validation(.accuracy)))
}

private func storedByteCount(in folder: URL) throws -> Int {
  try RowHold(in: folder, limit: 0).database.byteCount
}

private func bits(_ classifier: ClassificationNetwork) -> [String: [UInt32]] {
  classifier.state.mapValues { $0.scalars.map(\.bitPattern) }
}

@Test func aTrainingThatDivergesEndsWithThatReason() throws {
  try withTemporaryFolder { folder in
    let error = try #require(throws: TrainingDiverged.self) {
      _ = try train(makeClassifier(frozenThrough: nil), in: folder, learningRate: 1e20)
    }
    #expect(!error.loss.isFinite && error.epoch == 1 && (error.batch ?? 0) > 1)
    #expect("\(error)".contains("smaller than 1e+20"), "\(error)")
  }
}

@Test(arguments: ["block4", nil] as [String?])
func trainingStoppedInMidEpochGoesOnToTheSameBits(_ frozenStage: String?) throws {
  try withTemporaryFolder { folder in
    let whole = makeClassifier(frozenThrough: frozenStage)
    let history = try train(whole, in: folder)
    let stopped = makeClassifier(frozenThrough: frozenStage)
    // The fifth step is the second of three in the second epoch; what is frozen is cached by now and does not ask.
    #expect(throws: TrainingInterrupted.self) {
      _ = try train(stopped, in: folder, checkpoint: "c.safetensors", stoppingAfter: 5)
    }
    let resumed = makeClassifier(frozenThrough: frozenStage)
    let continued = try train(resumed, in: folder, checkpoint: "c.safetensors")
    #expect(bits(resumed) == bits(whole))
    #expect(continued.epochs.map(\.metrics) == history.epochs.map(\.metrics))
    #expect(continued.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
  }
}

@Test func augmentedTrainingSeesNewViewsAndGoesOnToTheSameBits() throws {
  try withTemporaryFolder { folder in
    let augmentation = Augmentation(flipProbability: 0.5, crop: 0.8...1, rotation: 20, brightness: 0.3)
    let (whole, plain) = (makeClassifier(frozenThrough: "block4"), makeClassifier(frozenThrough: "block4"))
    _ = try train(plain, in: folder)
    let history = try train(whole, in: folder, augmentation: augmentation)
    #expect(bits(whole) != bits(plain))
    let stopped = makeClassifier(frozenThrough: "block4")
    #expect(throws: TrainingInterrupted.self) {
      _ = try train(
        stopped, in: folder, checkpoint: "c.safetensors", augmentation: augmentation, stoppingAfter: 5)
    }
    #expect {
      _ = try train(makeClassifier(frozenThrough: "block4"), in: folder, checkpoint: "c.safetensors")
    } throws: {
      "\($0)".contains("the augmentation was")
    }
    let resumed = makeClassifier(frozenThrough: "block4")
    let continued = try train(resumed, in: folder, checkpoint: "c.safetensors", augmentation: augmentation)
    #expect(bits(resumed) == bits(whole))
    #expect(continued.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
  }
}

@Test func cachedFeaturesTrainAsRecomputedOnes() throws {
  try withTemporaryFolder { folder in
    let first = makeClassifier(frozenThrough: "block4")
    let second = makeClassifier(frozenThrough: "block4")
    let cold = try train(first, in: folder)
    let warm = try train(second, in: folder)
    #expect(bits(first) == bits(second) && cold.epochs.count == warm.epochs.count)
    // 20 to learn from and 6 to measure, which are the first of these.
    #expect(try storedByteCount(in: folder.appendingPathComponent("features")) == 20 * 2 * 2 * 32 * 4)
  }
}

@Test func frozenStagesStayAsTheyWere() throws {
  try withTemporaryFolder { folder in
    let classifier = makeClassifier(frozenThrough: "block4")
    let before = bits(classifier)
    _ = try train(classifier, in: folder, epochs: 1)
    let changed = bits(classifier).filter { before[$0.key] != $0.value }.keys
    #expect(!changed.isEmpty)
    #expect(changed.allSatisfy { $0.hasPrefix("encoder.block5.") || $0.hasPrefix("top.") })
  }
}

@Test func checkpointOfOtherSettingsIsRefused() throws {
  try withTemporaryFolder { folder in
    _ = try train(makeClassifier(frozenThrough: "block4"), in: folder, checkpoint: "c.safetensors", epochs: 1)
    #expect {
      _ = try train(
        makeClassifier(frozenThrough: "block4"), in: folder, checkpoint: "c.safetensors", microBatchSize: 5)
    } throws: { "\($0)".contains("the micro-batch size was 4 and is now 5") }
  }
}

@Test func anEqualValueIsNoBetterOneAndNoNumberNeverIs() {
  #expect(
    MonitoredMetric.validation(.iou).isBetter(0.5, than: nil)
      && !MonitoredMetric.validation(.iou).isBetter(0.5, than: 0.5))
  #expect(
    MonitoredMetric.validationLoss.isBetter(0.4, than: 0.5)
      && !MonitoredMetric.validationLoss.isBetter(.nan, than: nil))
}

@Test func fixedViewsAreCachedAndTrainAsWellWithoutTheCache() throws {
  try withTemporaryFolder { folder in
    let augmentation = Augmentation(flipProbability: 0.5, brightness: 0.3)
    let views = squares(count: 10).fixedViews(2, by: augmentation, seed: 5)
    func fit(in name: String) throws -> [String: [UInt32]] {
      let classifier = makeClassifier(frozenThrough: "block4")
      let store = FeatureStore(folder: folder.appendingPathComponent(name))
      let trainer = Trainer(
        classifier, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: RMSprop(learningRate: 1e-3),
        store: store)
      _ = try trainer.fit(
        views.batches(of: 8, shuffledBy: 3), validation: squares(count: 4).batches(of: 4), until: .epochs(2))
      return bits(classifier)
    }
    let first = try fit(in: "kept")
    let kept = { try storedByteCount(in: folder.appendingPathComponent("kept")) }
    // 10 pictures in two views each, and 4 as they are.
    #expect(try kept() == 24 * 2 * 2 * 32 * 4)
    // The second time finds the rows; elsewhere they are made anew.
    #expect(try fit(in: "kept") == first)
    #expect(try kept() == 24 * 2 * 2 * 32 * 4)
    #expect(try fit(in: "elsewhere") == first)
  }
}
