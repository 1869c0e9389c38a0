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

private func makeEncoder() -> VGG {
  VGG(
    .vgg16, width: 2, preprocessing: Preprocessing(width: 32, height: 32, style: .tensorFlow),
    random: RandomStream(seed: 4))
}

private func makeClassifier() -> ClassificationNetwork {
  let encoder = makeEncoder()
  encoder.freeze(through: "block4")
  return ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
}

private func makeSegmenter(penalty: L2? = L2(0.5)) -> SegmentationNetwork {
  let encoder = makeEncoder()
  encoder.freeze()
  return SegmentationNetwork(
    encoder: encoder, decoder: .fcn32(penalty: penalty), random: RandomStream(seed: 6))
}

private func trainer(
  _ network: any GraftedNetwork, _ loss: Loss, metrics: [any Metric] = [], in folder: URL,
  microBatchSize: Int = 32,
  learningRate: Float = 1e-2,
  checkpoint: String? = nil
) -> Trainer {
  Trainer(
    network, loss: loss, metrics: metrics, optimizer: SGD(.keras, learningRate: learningRate),
    microBatchSize: microBatchSize,
    store: FeatureStore(folder: folder.appendingPathComponent("features")),
    checkpoint: checkpoint.map { folder.appendingPathComponent($0) })
}

private func weights(_ network: any Module) -> [String: [Float]] { network.state.mapValues(\.scalars) }

struct StoppingRuleTests {
  private func history(_ values: [Double], _ metric: MonitoredMetric = .validationLoss) -> History {
    var history = History()
    for (index, value) in values.enumerated() {
      history.epochs.append(
        .init(
          number: index + 1, learningRate: 1, trainingLoss: 1, metrics: [metric.name: value], seconds: 1))
    }
    return history
  }

  @Test func aTrainingEndsExactlyItsPatienceAfterTheBestEpoch() {
    let rule = StoppingRule.noImprovement(of: .validationLoss, for: 3)
    // The best is the second, and an equal value is no better one.
    let values = [0.9, 0.5, 0.6, 0.5, 0.7, 0.4]
    for count in 1...4 {
      #expect(rule.reason(history: history(Array(values.prefix(count))), seconds: 0) == nil, "\(count)")
    }
    #expect(
      rule.reason(history: history(Array(values.prefix(5))), seconds: 0)
        == "validationLoss has not improved for 3 epochs")
    #expect(rule.reason(history: history([0.9, 0.5, 0.6, 0.5, 0.4]), seconds: 0) == nil)
  }

  @Test func patienceCountsFromTheFirstEpochThatThereIs() {
    let rule = StoppingRule.noImprovement(of: .validation(.accuracy), for: 2)
    var later = History()
    later.epochs = history([0.5, 0.4, 0.3, 0.2, 0.1], .validationLoss).epochs.suffix(1)
    // The fifth epoch of the training is the first of this phase, and none has had a value to compare.
    #expect(rule.reason(history: later, seconds: 0) == nil)
    later.epochs = history([0.5, 0.4, 0.3, 0.2, 0.1], .validationLoss).epochs.suffix(2)
    #expect(rule.reason(history: later, seconds: 0) != nil)
  }

  @Test func twoPatiencesBothCount() {
    let rule = StoppingRule.noImprovement(of: .validation(.accuracy), for: 20)
      .or(.noImprovement(of: .validationLoss, for: 2)).or(.epochs(9))
    #expect(rule.epochs == 9 && rule.patiences.count == 2)
    var history = history([0.5, 0.6, 0.7])
    #expect(rule.reason(history: history, seconds: 0) == "validationLoss has not improved for 2 epochs")
    history.epochs.removeLast()
    #expect(rule.reason(history: history, seconds: 0) == nil)
  }
}

struct MicroBatchTests {
  @Test(arguments: [
    (97, 32, [25, 24, 24, 24]), (50, 32, [25, 25]), (32, 32, [32]), (5, 2, [2, 2, 1]), (0, 4, []),
  ])
  func microBatchesAreFewAndEven(count: Int, size: Int, wanted: [Int]) {
    let microBatches = MicroBatch.parts(of: Array(10..<10 + count), batch: 0, size: size)
    #expect(microBatches.map(\.indices.count) == wanted)
    #expect(microBatches.flatMap(\.indices) == Array(10..<10 + count))
    #expect(microBatches.map(\.isLast) == wanted.indices.map { $0 == wanted.count - 1 })
  }
}

@Suite(.long) struct TrainerRulesTests {
  @Test func aPenaltyCountsOnceForABatchHoweverItIsTaken() throws {
    try withTemporaryFolder { folder in
      let data = maskedShades(count: 16)
      func fit(_ microBatchSize: Int) throws -> (history: History, weights: [String: [Float]]) {
        let network = makeSegmenter()
        let history = try trainer(network, .binaryCrossEntropy, in: folder, microBatchSize: microBatchSize)
          .fit(
            data.batches(of: 8, shuffledBy: 3), validation: data.batches(of: 8), until: .epochs(3))
        return (history, weights(network))
      }
      let (whole, sliced) = (try fit(8), try fit(3))
      for (one, other) in zip(whole.history.epochs, sliced.history.epochs) {
        expectClose(one.trainingLoss, other.trainingLoss, within: 1e-5, "training loss")
      }
      for (path, values) in whole.weights {
        for (one, other) in zip(values, sliced.weights[path] ?? []) {
          #expect(abs(one - other) < 1e-5, "\(path): \(one) and \(other)")
        }
      }
    }
  }

  @Test func theTrainingLossIsTheMeanOverSamplesAlsoOfAShortLastBatch() throws {
    try withTemporaryFolder { folder in
      // Nothing is learned, so that the mean can be computed from the network as it is.
      // The last batch has the only samples of a class that the network thinks unlikely.
      let data = shades(count: 20) { .label($0 < 16 ? 0 : 1) }
      let network = makeClassifier()
      let bias = network.parameters.first { $0.path == "top.logits.bias" }
      try #require(bias).parameter.value = Tensor(shape: [2], scalars: [2, 0])
      let history = try trainer(network, .softmaxCrossEntropy, in: folder, learningRate: 1e-30).fit(
        data.batches(of: 8), validation: data.batches(of: 8), until: .epochs(1))
      var losses: [Double] = []
      for index in 0..<20 {
        let input = network.encoder.preprocessing.tensor(of: [try data[index].picture.value])
        let logits = network.logits(of: input, after: nil, .inference)
        let target = Tensor(shape: [1], integers: [index < 16 ? 0 : 1])
        losses.append(Double(GraftMetrics.softmaxCrossEntropy(fromLogits: logits, target).scalar))
      }
      func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
      expectClose(history.epochs[0].trainingLoss, mean(losses), within: 1e-5, "mean")
      // The mean of the batches' means would be another: their last has four samples.
      let batches = [mean(losses[0..<8]), mean(losses[8..<16]), mean(losses[16..<20])]
      #expect(abs(mean(batches) - mean(losses)) > 1e-4)
    }
  }

  @Test func aValidationLossThatIsNoNumberEndsTheTrainingAndIsNotSaved() throws {
    try withTemporaryFolder { folder in
      let loss = Loss(
        "diverges in inference",
        function: { logits, targets in
          let loss = GraftMetrics.softmaxCrossEntropy(fromLogits: logits, targets)
          // The validation part has five samples.
          return targets.shape[0] == 5 ? Tensor(Float.nan) : loss
        })
      func fit() throws -> History {
        try trainer(makeClassifier(), loss, in: folder, checkpoint: "c.safetensors").fit(
          shades(count: 8).batches(of: 4), validation: shades(count: 5).batches(of: 5), until: .epochs(2))
      }
      for _ in 1...2 {
        let error = try #require(throws: TrainingDiverged.self) { _ = try fit() }
        #expect(error.loss.isNaN && error.epoch == 1 && error.batch == nil)
        #expect("\(error)".contains("The validation loss became nan after epoch 1"), "\(error)")
      }
    }
  }

  /// Metrics that are no numbers, as the mean over classes is where there is none of any.
  private let undefined = CountedMetric("undefined", better: .higher, counting: Accuracy()) { _ in .nan }
  private let infinite = CountedMetric("infinite", better: .higher, counting: Accuracy()) { _ in .infinity }

  @Test func aMetricThatIsNoNumberIsSavedAndResumed() throws {
    try withTemporaryFolder { folder in
      func fit(_ epochs: Int) throws -> History {
        try trainer(
          makeClassifier(), .softmaxCrossEntropy, metrics: [undefined, infinite], in: folder,
          checkpoint: "c.safetensors"
        ).fit(
          shades(count: 8).batches(of: 4), validation: shades(count: 4).batches(of: 4), until: .epochs(epochs)
        )
      }
      _ = try fit(1)
      let history = try fit(2)
      #expect(
        history.epochs.count == 2 && history.epochs.allSatisfy { $0[.validation(undefined)]?.isNaN == true })
      #expect(history.epochs[0][.validation(infinite)] == .infinity)
    }
  }

  @Test func aSecondFitIsATrainingOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let (training, validation) = (
        shades(count: 12).batches(of: 4, shuffledBy: 1), shades(count: 4).batches(of: 4)
      )
      func makeTrainer(_ network: ClassificationNetwork) -> Trainer {
        Trainer(
          network, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: RMSprop(learningRate: 1e-3),
          store: FeatureStore(folder: folder.appendingPathComponent("features")))
      }
      let network = makeClassifier()
      let trainer = makeTrainer(network)
      _ = try trainer.fit(training, validation: validation, until: .epochs(2), keep: .best(.validationLoss))
      // A new trainer on a network with these very weights does what the second call does.
      let other = makeClassifier()
      try other.load(network.state)
      let second = try trainer.fit(
        training, validation: validation, until: .epochs(2), keep: .best(.validationLoss))
      let fresh = try makeTrainer(other).fit(
        training, validation: validation, until: .epochs(2), keep: .best(.validationLoss))
      #expect(second.epochs.map(\.number) == [1, 2])
      #expect(second.epochs.map(\.metrics) == fresh.epochs.map(\.metrics))
      #expect(weights(network) == weights(other))
    }
  }

  @Test func aSecondFitWithACheckpointResumesItAsAnotherProcessWould() throws {
    try withTemporaryFolder { folder in
      let (training, validation) = (
        shades(count: 12).batches(of: 4, shuffledBy: 1), shades(count: 4).batches(of: 4)
      )
      func fit(_ trainer: Trainer, _ epochs: Int) throws -> History {
        try trainer.fit(
          training, validation: validation, until: .epochs(epochs), keep: .best(.validationLoss))
      }
      func makeTrainer(_ network: ClassificationNetwork, _ name: String) -> Trainer {
        Trainer(
          network, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: RMSprop(learningRate: 1e-2),
          store: FeatureStore(folder: folder.appendingPathComponent("features")),
          checkpoint: folder.appendingPathComponent(name))
      }
      let (whole, halves, processes) = (makeClassifier(), makeClassifier(), makeClassifier())
      let wanted = try fit(makeTrainer(whole, "whole"), 5)
      let trainer = makeTrainer(halves, "halves")
      _ = try fit(trainer, 2)
      let continued = try fit(trainer, 5)
      _ = try fit(makeTrainer(makeClassifier(), "processes"), 2)
      _ = try fit(makeTrainer(processes, "processes"), 5)
      #expect(continued.epochs.map(\.metrics) == wanted.epochs.map(\.metrics))
      #expect(weights(halves) == weights(whole) && weights(processes) == weights(whole))
    }
  }

  // MARK: What does not fit

  @Test func masksOfOtherSizesAreNamedBeforeAnythingIsComputed() throws {
    try withTemporaryFolder { folder in
      // The first 32 masks are of one size and the others of another: the buffer is made for the first.
      let mixed = shades(count: 64, targets: .masks(["dark", "bright"])) {
        .mask(halfMask(isBright: true, side: $0 < 32 ? 32 : 64))
      }
      let network = makeSegmenter()
      let error = #expect(throws: DatasetError.self) {
        try trainer(network, .binaryCrossEntropy, in: folder).fit(
          mixed.batches(of: 8), validation: maskedShades(count: 4).batches(of: 4), until: .epochs(1))
      }
      #expect(
        error?.description.contains(
          "the mask of shade-32 is 64×64 pixels, and the network gives 32×32") == true,
        "\(error.debugDescription)")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("features").path))
    }
  }

  @Test func targetsOfTwoShapesAreNamed() throws {
    // A loss of one's own takes any targets, so that only their difference can be seen.
    let mixed = shades(count: 64) { .mask(Tensor(zeros: $0 < 40 ? [2] : [300])) }
    let check = TargetCheck(TrainedNetwork(makeClassifier()))
    let error = #expect(throws: DatasetError.self) { try SampleSource.targets(of: mixed, check) }
    #expect(
      error?.description.contains(
        "the target of shade-40 is float32 of shape 300, and that of shade-0 is float32 of shape 2") == true,
      "\(error.debugDescription)")
  }

  @Test(arguments: [2, -1])
  func aClassNumberOutOfRangeIsNamed(number: Int) throws {
    try withTemporaryFolder { folder in
      let wrong = shades(count: 8) { .label($0 == 5 ? number : 0) }
      for augmentation in [nil, Augmentation(flipProbability: 0.5)] {
        let batches = wrong.batches(of: 4, shuffledBy: 1)
        let error = #expect(throws: DatasetError.self) {
          try trainer(makeClassifier(), .softmaxCrossEntropy, in: folder).fit(
            augmentation.map(batches.augmented(by:)) ?? batches, validation: shades(count: 4).batches(of: 4),
            until: .epochs(1))
        }
        #expect(
          error?.description.contains(
            "shade-5 has class number \(number), and the network's 2 classes are 0 to 1") == true)
      }
    }
  }

  @Test func ignoredPixelsAreNoMistake() throws {
    let labels = shades(count: 4, targets: .masks(["a", "b", "c", "d"])) { index in
      .mask(
        Tensor(shape: [32, 32, 1], scalarType: .uint8) { bytes in
          for pixel in 0..<1024 { bytes[pixel] = pixel == 7 ? 255 : pixel == 8 ? 3 : UInt8(index % 3) }
        })
    }
    let encoder = makeEncoder()
    encoder.freeze()
    let network = SegmentationNetwork(encoder: encoder, decoder: .fcn32(classes: 4))
    let ignoring = TargetCheck(TrainedNetwork(network), ignoring: 255)
    try ignoring.check(labels[0].target.value, at: 0, of: labels)
    let all = TargetCheck(TrainedNetwork(network))
    let error = #expect(throws: DatasetError.self) {
      try all.check(labels[0].target.value, at: 0, of: labels)
    }
    #expect(error?.description.contains("class number 255") == true)
  }
}

/// What ends the program.
@Suite(.exits) struct TrainerMisuseTests {
  private static func fit(
    schedule: LearningRateSchedule = .constant, until rule: StoppingRule = .epochs(1),
    keep selection: Trainer.Selection = .last
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("never-written")
    let trainer = Trainer(
      makeClassifier(), loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: SGD(.keras),
      schedule: schedule,
      store: FeatureStore(folder: folder))
    _ = try trainer.fit(
      shades(count: 4).batches(of: 4), validation: shades(count: 4).batches(of: 4), until: rule,
      keep: selection)
  }

  @Test func aMetricThatNobodyMeasuresIsRefusedAtTheStart() async throws {
    let rule = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.fit(until: .noImprovement(of: .validation(.iou), for: 3))
    }
    let text = String(decoding: rule?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains(
        "The stopping rule asks for validationIoU, which this training does not measure; it measures trainingLoss, "
          + "validationAccuracy, validationLoss. Hand the metric to the trainer."), "\(text)")
    await #expect(processExitsWith: .failure) { try Self.fit(keep: .best(.validation(.meanIoU()))) }
    await #expect(processExitsWith: .failure) {
      try Self.fit(schedule: .reduceOnPlateau(of: .validation(.iou), patience: 2))
    }
    // What is measured on one part is not measured on the other.
    await #expect(processExitsWith: .failure) { try Self.fit(keep: .best(.training(.accuracy))) }
  }
}
