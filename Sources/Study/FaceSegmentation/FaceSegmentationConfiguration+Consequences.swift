import GraftMetrics
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTraining

// What follows from the settings.

extension FaceSegmentationConfiguration {
  /// How a data set is divided.
  func split(_ dataset: Dataset) throws -> Split {
    try Split(of: dataset, rule: splitRule(for: dataset), test: testPart(of: dataset))
  }

  func splitRule(for dataset: Dataset) -> Split.Rule {
    switch split {
    case .random: return .random(validationFraction, seed: seed)
    case .randomByPerson:
      let isKnown = dataset.allSatisfy { $0.person != nil }
      return .random(validationFraction, seed: seed, keepingPeopleTogether: isKnown)
    case .tail: return .tail(validationFraction)
    case .official: return .official
    }
  }

  private func testPart(of dataset: Dataset) -> Split.TestPart {
    guard testPart == .setAside else { return .none }
    switch splitRule(for: dataset) {
    case .official: return .official
    // The publishers of LFW have people both in their test part and outside.
    case .random(_, _, keepingPeopleTogether: true, _), .fold(_, _, _, keepingPeopleTogether: true, _):
      return .fraction(validationFraction)
    case .random, .tail, .fold:
      let isOfficial = dataset.contains { $0.partition == .test }
      return isOfficial ? .official : .fraction(validationFraction)
    }
  }

  /// How many pictures of a data set that was not divided beforehand are added for the test.
  public var testLimit: Int {
    testPart == .setAside ? Int((Double(gender.limit) * validationFraction).rounded(.up)) : 0
  }

  func makeOptimizer(learningRate: Float) -> any Optimizer {
    switch optimizer {
    case .rmsprop: RMSprop(learningRate: learningRate, epsilon: epsilon)
    case .sgd: SGD(.keras, learningRate: learningRate, momentum: 0.9)
    }
  }

  /// An encoder with its published weights, for pictures as these settings want them.
  func makeEncoder(of subject: FaceSegmentationStudy.Subject) throws -> any ImageEncoder {
    try subject.makeEncoder().resizingPictures(by: pictureResizing.filter)
  }

  /// A decoder for an encoder, for so many classes; 1 for a mask.
  func decoder(
    for encoder: any ImageEncoder, of subject: FaceSegmentationStudy.Subject, classes: Int = 1
  ) -> SegmentationNetwork.Decoder {
    let penalty = L2(segmentation.penalty)
    return segmentation.decoderInput.isPooled(of: subject)
      ? .pooled(side: encoder.preprocessing.height, classes: classes, penalty: penalty)
      : .fcn32(classes: classes, penalty: penalty)
  }

  /// Freezes what of an encoder stays while a decoder is trained on it.
  func freezeForSegmentation(_ encoder: any ImageEncoder) {
    switch segmentation.trainedStages {
    case .none: encoder.freeze()
    case .last:
      encoder.freeze()
      encoder.unfreeze(encoder.lastStage.name)
    case .all: encoder.unfreeze()
    }
  }
}

extension FaceSegmentationConfiguration.FrozenBatchNorm {
  var behaviour: BatchNorm.Behaviour {
    switch self {
    case .inference: .following
    case .keras21: .oldKeras
    }
  }
}

extension FaceSegmentationConfiguration.Gender {
  var stoppingRule: StoppingRule {
    let rule = StoppingRule.noImprovement(of: .validationLoss, for: patience)
    return epochs.map { rule.or(.epochs($0)) } ?? rule
  }
}

extension FaceSegmentationConfiguration.Segmentation {
  func stoppingRule(improving metric: MonitoredMetric) -> StoppingRule {
    var rule = StoppingRule.noImprovement(of: metric, for: patience)
    rule.epochs = epochs
    rule.seconds = seconds
    return rule
  }

  /// By which the best epoch of a decoder is chosen.
  func selection(for task: SegmentationTask) -> MonitoredMetric {
    task.monitored(selectionIoU.measure) ?? .validation(.meanIoU())
  }
}

extension FaceSegmentationConfiguration.Segmentation.DecoderInput {
  func isPooled(of subject: FaceSegmentationStudy.Subject) -> Bool {
    switch self {
    case .map: false
    case .pooled: true
    case .asPrinted: subject.poolsFeatures
    }
  }
}
