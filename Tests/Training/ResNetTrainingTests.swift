import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

/// A gender classifier on a narrow ResNet whose last stage is trained.
private func makeClassifier(_ variant: ResNet.Variant = .kerasUnpadded) -> ClassificationNetwork {
  let preprocessing = Preprocessing(width: 32, height: 32, style: .tensorFlow)
  let encoder = ResNet(
    .resNet50, variant: variant, width: 4, preprocessing: preprocessing, random: RandomStream(seed: 4))
  encoder.freeze(through: "conv4")
  return ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
}

private func train(_ classifier: ClassificationNetwork, in folder: URL, stoppingAfter steps: Int? = nil)
  throws
  -> History
{
  var asked = 0
  let trainer = Trainer(
    classifier, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: RMSprop(learningRate: 1e-3),
    microBatchSize: 8,
    store: FeatureStore(folder: folder.appendingPathComponent("features")),
    checkpoint: folder.appendingPathComponent("c.safetensors"),
    isInterrupted: {
      asked += 1
      return asked == steps
    })
  return try trainer.fit(
    squares(count: 20).batches(of: 8, shuffledBy: 3), validation: squares(count: 6).batches(of: 6),
    until: .epochs(3), keep: .best(.validationLoss))
}

@Suite struct ResNetTrainingTests {
  /// The statistics of the trained stage move, are saved, and are those of the frozen stages nowhere.
  @Test func stoppedTrainingOfTheLastStageGoesOnToTheSameBits() throws {
    try withTemporaryFolder { folder in
      let whole = makeClassifier()
      let before = whole.state.mapValues(\.scalars)
      let history = try train(whole, in: folder)
      #expect(history.epochs.allSatisfy { $0.trainingLoss.isFinite })
      let moved = Set(whole.state.filter { $0.value.scalars != before[$0.key] }.map(\.key))
      #expect(moved.allSatisfy { $0.hasPrefix("encoder.conv5.") || $0.hasPrefix("top.") })
      #expect(moved.contains("encoder.conv5.block1.branch.bn2.variance"))
      #expect(moved.contains("encoder.conv5.block1.shortcut.conv.kernel"))

      try folder.remove("c.safetensors")
      #expect(throws: TrainingInterrupted.self) {
        _ = try train(makeClassifier(), in: folder, stoppingAfter: 5)
      }
      let resumed = makeClassifier()
      _ = try train(resumed, in: folder)
      #expect(
        resumed.state.mapValues { $0.scalars.map(\.bitPattern) }
          == whole.state.mapValues { $0.scalars.map(\.bitPattern) })
    }
  }

  /// Statistics of old Keras count the batches that they are a mean of, which a checkpoint keeps; nothing is cached.
  @Test func stoppedTrainingAsOldKerasHadItGoesOnToTheSameBits() throws {
    try withTemporaryFolder { folder in
      func classifier() -> ClassificationNetwork {
        let classifier = makeClassifier()
        classifier.setBatchNormBehaviour(.oldKeras)
        return classifier
      }
      let whole = classifier()
      _ = try train(whole, in: folder)
      #expect(whole.state.keys.contains("encoder.conv5.block1.branch.bn2.newestShare"))
      #expect(!whole.state.keys.contains("encoder.conv4.block1.branch.bn2.newestShare"))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("features").path))
      try folder.remove("c.safetensors")
      #expect(throws: TrainingInterrupted.self) { _ = try train(classifier(), in: folder, stoppingAfter: 5) }
      #expect {
        _ = try train(makeClassifier(), in: folder)
      } throws: {
        "\($0)".contains("the rule of the batch normalisations was oldKeras and is now following")
      }
      let resumed = classifier()
      _ = try train(resumed, in: folder)
      #expect(
        resumed.state.mapValues { $0.scalars.map(\.bitPattern) }
          == whole.state.mapValues { $0.scalars.map(\.bitPattern) })
    }
  }

  /// The weights are the same, and neither features nor checkpoints are taken for those of the other network.
  @Test func variantsShareNeitherFeaturesNorCheckpoints() throws {
    try withTemporaryFolder { folder in
      _ = try train(makeClassifier(.kerasUnpadded), in: folder)
      #expect {
        _ = try train(makeClassifier(.kerasPadded), in: folder)
      } throws: {
        "\($0)".contains("the encoder was ResNet-50 (Keras until 2018, unpadded pooling)")
      }
      let stored = { try RowHold(in: folder.appendingPathComponent("features"), limit: 0).database.byteCount }
      let before = try stored()
      try folder.remove("c.safetensors")
      _ = try train(makeClassifier(.kerasPadded), in: folder)
      #expect(try before > 0 && stored() == 2 * before)
    }
  }
}
