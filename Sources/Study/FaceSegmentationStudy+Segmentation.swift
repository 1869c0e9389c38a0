import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

extension FaceSegmentationStudy {
  /// Trains a decoder on an encoder, which is frozen unless the settings say otherwise, with the same start and the same
  /// order of pictures in both arms, and scores it and the constant mask (the paper's sections 3.3 and 4.6).
  ///
  /// - Returns: whether it was done now, and not by an earlier call.
  @discardableResult
  public func trainDecoder(
    on encoder: any ImageEncoder, of subject: Subject, arm: StudyResults.Arm, for condition: Condition
  ) throws -> Bool {
    if results.encoders[subject.name]?.has(condition.title, arm) == true { return false }
    configuration.freezeForSegmentation(encoder)
    let network = SegmentationNetwork(
      encoder: encoder,
      decoder: configuration.decoder(for: encoder, of: subject, classes: condition.logitCount),
      random: random.child("decoder"))
    // The next condition begins with this encoder as it is now.
    let start = encoder.state
    let done = Result { try train(network, on: subject, arm: arm, for: condition) }
    if configuration.segmentation.trainedStages != .none { try encoder.load(start) }
    try done.get()
    return true
  }

  private func train(
    _ network: SegmentationNetwork, on subject: Subject, arm: StudyResults.Arm, for condition: Condition
  ) throws {
    let name = condition.title.text
    let settings = configuration.segmentation
    let metric: MonitoredMetric =
      condition.classes == .parts ? .validation(.meanIoU()) : settings.selectionIoU.metric
    let parts = try divide(condition.dataset, as: name)
    let (trainer, history) = try train(
      network, of: subject, "\(subject.name)-\(name)-\(arm.rawValue)",
      title: "\(subject.name)  \(name)  \(arm.rawValue)", stage: "segmentation",
      loss: settings.trainingLoss(telling: condition.classes == .parts ? condition.dataset.classNames : []),
      metrics: condition.classes == .parts ? .classes(condition.dataset.classNames) : .masks,
      learningRate: settings.learningRate, parts: parts, batchSize: settings.batchSize,
      until: settings.stoppingRule(improving: metric), keep: metric)
    guard let best = history.best(metric) else {
      throw StudyError(
        "The decoder \(name) of \(subject.name) ended without an epoch: allow it at least one.")
    }
    let decoder = Decoder(
      network: network, subject: subject, arm: arm, condition: condition.title, parts: parts, best: best,
      epochs: history.epochs.count, trainer: trainer)
    switch condition.classes {
    case .parts: try noteParts(of: decoder)
    case .withHair, .withoutHair: try noteMasks(of: decoder)
    }
    try save()
  }

  /// A decoder that has been trained.
  struct Decoder {
    let network: SegmentationNetwork
    let subject: Subject
    let arm: StudyResults.Arm
    let condition: StudyResults.ConditionName
    let parts: Split.Parts
    let best: History.Epoch
    let epochs: Int
    let trainer: Trainer

    /// As its files are called.
    var name: String { "\(subject.name)-\(condition.text)-\(arm.rawValue)" }
  }

  private func noteMasks(of decoder: Decoder) throws {
    let scores = try scoresByPartition(of: decoder) { partition, faces in
      let score = try decoder.trainer.count(SegmentationScore(), over: faces)
      let own = ImageScores(of: faces, score: score)
      try own.write(to: scoresFile(decoder.subject, decoder.condition, decoder.arm, partition))
      return StudyResults.Segmentation.Scores(
        of: own, constantMask: try constantMask(of: decoder, partition, faces))
    }
    let result = StudyResults.Segmentation(
      dataset: decoder.condition.dataset, hair: decoder.condition.hair, arm: decoder.arm, scores: scores,
      trainingPictures: decoder.parts.training.count, bestEpoch: decoder.best.number, epochs: decoder.epochs)
    try write(decoder, metrics: scores.metrics(\.metrics))
    warnAboutBaseline(of: result, decoder.subject, trainingCount: decoder.parts.training.count)
    results.encoders[decoder.subject.name, default: .init()].segmentation.append(result)
    try compareArms(of: decoder, by: SegmentationScore.self)
  }

  private func noteParts(of decoder: Decoder) throws {
    let classNames = decoder.parts.training.classNames
    let scores = try scoresByPartition(of: decoder) { partition, faces in
      let counted = PixelClassScore(classCount: classNames.count)
      let own = PartScores(of: faces, score: try decoder.trainer.count(counted, over: faces))
      try own.write(to: scoresFile(decoder.subject, decoder.condition, decoder.arm, partition))
      return StudyResults.Parts.Scores(
        of: own, classNames: classNames, constantMask: try constantParts(of: decoder, partition, faces))
    }
    let result = StudyResults.Parts(
      dataset: decoder.condition.dataset, arm: decoder.arm, scores: scores,
      trainingPictures: decoder.parts.training.count, bestEpoch: decoder.best.number, epochs: decoder.epochs)
    try write(decoder, metrics: scores.metrics(\.metrics))
    warnAboutBaseline(of: result, decoder.subject, trainingCount: decoder.parts.training.count)
    let before = results.encoders[decoder.subject.name]?.parts ?? []
    results.encoders[decoder.subject.name, default: .init()].parts = before + [result]
    try compareArms(of: decoder, by: PixelClassScore.self)
  }

  /// Measures the network with its best weights on the validation part and, once, on the test part.
  private func scoresByPartition<Scores>(
    of decoder: Decoder, _ measure: (StudyResults.Partition, Dataset) throws -> Scores
  ) throws -> StudyResults.ByPartition<Scores> {
    .init(
      validation: try measure(.validation, decoder.parts.validation),
      test: try decoder.parts.test.map { try measure(.test, $0) })
  }

  private func write(_ decoder: Decoder, metrics: [String: Double]) throws {
    let card = try card(of: decoder, metrics: metrics)
    try decoder.network.write(to: modelFile(decoder.name), metadata: card.metadata)
  }

  func scoresFile(
    _ subject: Subject, _ condition: StudyResults.ConditionName, _ arm: StudyResults.Arm,
    _ partition: StudyResults.Partition
  ) -> URL {
    output.appendingPathComponent(
      "scores/\(subject.name)-\(condition.text)-\(arm.rawValue)-\(partition.rawValue).json")
  }

  /// What both arms of a condition scored on one part; nil until both are done, and where there is no such part.
  func scoresOfArms<Score: PictureScore>(
    _ subject: Subject, _ condition: StudyResults.ConditionName, _ partition: StudyResults.Partition,
    by _: Score.Type
  ) throws -> (control: ScoresByPicture<Score>, gender: ScoresByPicture<Score>)? {
    let files = StudyResults.Arm.allCases.map { scoresFile(subject, condition, $0, partition) }
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return nil }
    let scores = try files.map { try ScoresByPicture<Score>(contentsOf: $0) }
    return (scores[0], scores[1])
  }

  /// Notes the gain of a condition both of whose arms are done.
  private func compareArms<Score: PictureScore>(of decoder: Decoder, by type: Score.Type) throws {
    let (subject, name) = (decoder.subject, decoder.condition)
    func gain(_ partition: StudyResults.Partition) throws -> StudyResults.Gain? {
      try scoresOfArms(subject, name, partition, by: type).map { arms in
        try arms.control.gain(of: arms.gender, random: random.child("bootstrap"))
      }
    }
    guard let validation = try gain(.validation) else { return }
    let gains = StudyResults.ByPartition(validation: validation, test: try gain(.test))
    results.encoders[subject.name]?.gains[name.text] = gains
    if gains.conclusive.changedPredictions == 0 {
      console.warn(
        "\(subject.name) \(name.text): both arms predict the same for every picture. The comparison is void."
      )
    }
  }
}

// MARK: Constant masks

extension FaceSegmentationStudy {
  /// The score of the constant mask, which is the same for every arm and encoder.
  private func constantMask(
    of decoder: Decoder, _ partition: StudyResults.Partition, _ faces: Dataset
  ) throws -> SegmentationScore {
    try measuredOnce(\.constantMasks, of: decoder, partition) {
      try SegmentationScore(ofConstantMaskOf: decoder.parts.training, for: faces)
    }
  }

  /// The same where parts are told apart: the class that is most frequent at each pixel.
  private func constantParts(
    of decoder: Decoder, _ partition: StudyResults.Partition, _ faces: Dataset
  ) throws -> PixelClassScore {
    try measuredOnce(\.constantParts, of: decoder, partition) {
      try PixelClassScore(ofConstantMapOf: decoder.parts.training, for: faces)
    }
  }

  private func measuredOnce<Score>(
    _ scores: ReferenceWritableKeyPath<FaceSegmentationStudy, [ConstantKey: Score]>, of decoder: Decoder,
    _ partition: StudyResults.Partition, measure: () throws -> Score
  ) rethrows -> Score {
    let key = ConstantKey(condition: decoder.condition, partition: partition)
    if let score = self[keyPath: scores][key] { return score }
    let score = try measure()
    self[keyPath: scores][key] = score
    return score
  }

  /// What a constant mask was measured on.
  struct ConstantKey: Hashable {
    let condition: StudyResults.ConditionName
    let partition: StudyResults.Partition
  }
}
