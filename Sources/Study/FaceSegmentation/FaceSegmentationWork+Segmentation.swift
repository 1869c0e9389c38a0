import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

extension FaceSegmentationWork {
  /// Trains a decoder on an encoder, which is frozen unless the settings say otherwise, with the same start and the same
  /// order of pictures in both arms, and scores it and the constant mask (the paper's sections 3.3 and 4.6).
  ///
  /// - Returns: whether it was done now, and not by an earlier call.
  @discardableResult
  func trainDecoder(
    on encoder: any ImageEncoder, of subject: FaceSegmentationStudy.Subject, arm: FaceSegmentationResults.Arm,
    for condition: FaceSegmentationStudy.Condition
  ) throws -> Bool {
    if run.results.encoders[subject.name]?.decoder(condition.title, arm) != nil { return false }
    configuration.freezeForSegmentation(encoder)
    let network = SegmentationNetwork(
      encoder: encoder,
      decoder: configuration.decoder(for: encoder, of: subject, classes: condition.task.logitCount),
      random: run.random.child("decoder"))
    // The next condition begins with this encoder as it is now.
    let start = encoder.state
    let done = Result { try train(network, of: subject, arm: arm, for: condition) }
    if configuration.segmentation.trainedStages != .none { try encoder.load(start) }
    try done.get()
    return true
  }

  private func train(
    _ network: SegmentationNetwork, of subject: FaceSegmentationStudy.Subject,
    arm: FaceSegmentationResults.Arm,
    for condition: FaceSegmentationStudy.Condition
  ) throws {
    let name = condition.title.name
    let (settings, task) = (configuration.segmentation, condition.task)
    let selection = settings.selection(for: task)
    let parts = try divide(condition.dataset, as: name)
    let finished = try run.train(
      network,
      RunTraining(
        name: "\(subject.name)-\(name)-\(arm.rawValue)",
        title: "\(subject.name)  \(name)  \(arm.rawValue)", encoder: subject.name, stage: "segmentation",
        loss: task.loss(settings.loss), metrics: task.metrics,
        optimizer: configuration.makeOptimizer(learningRate: settings.learningRate),
        batchNormBehaviour: configuration.frozenBatchNorm.behaviour, parts: parts,
        batchSize: settings.batchSize, stoppingRule: settings.stoppingRule(improving: selection),
        selection: selection))
    try note(finished, of: network, subject, arm, condition, parts)
  }

  /// Measures a decoder with its best weights on the validation part and, once, on the test part.
  private func note(
    _ finished: FinishedTraining, of network: SegmentationNetwork, _ subject: FaceSegmentationStudy.Subject,
    _ arm: FaceSegmentationResults.Arm, _ condition: FaceSegmentationStudy.Condition, _ parts: Split.Parts
  ) throws {
    let (task, name) = (condition.task, condition.title)
    func scores(_ partition: MeasuredPartition, _ faces: Dataset) throws -> ConstantMaskComparison {
      let counts = try task.counts(by: finished.trainer, over: faces)
      try PictureScores(of: faces, counts: counts).write(to: scoresFile(subject, name, arm, partition))
      return .init(
        network: counts.figures(classNames: task.classNames),
        constantMask: try constantMask(for: condition, partition, parts, faces))
    }
    let decoder = FaceSegmentationResults.Decoder(
      dataset: condition.name, masks: condition.masks, arm: arm,
      scores: .init(
        validation: try scores(.validation, parts.validation),
        test: try parts.test.map { try scores(.test, $0) }),
      trainingPictures: parts.training.count, bestEpoch: finished.best.number, epochs: finished.epochs)
    let card = try card(of: decoder, network, subject, condition, parts)
    let file = run.folder.model("\(subject.name)-\(name.name)-\(arm.rawValue)")
    if let encoder = try encoderFile(of: subject, arm, network.encoder) {
      try network.write(to: file, metadata: card.metadata, sharingEncoderOf: encoder.lastPathComponent)
    } else {
      try network.write(to: file, metadata: card.metadata)
    }
    try warnAboutBaseline(of: decoder, subject, trainingCount: parts.training.count)
    run.results.encoders[subject.name, default: .init()].decoders.append(decoder)
    try compareArms(of: subject, name)
    try run.save()
  }

  private func card(
    of decoder: FaceSegmentationResults.Decoder, _ network: SegmentationNetwork,
    _ subject: FaceSegmentationStudy.Subject, _ condition: FaceSegmentationStudy.Condition,
    _ parts: Split.Parts
  ) throws -> ModelCard {
    let arm = decoder.arm == .control ? "as it was published" : "its last stage tuned on gender"
    var card = try run.card(
      titled: "Segments faces, \(condition.masks.title): \(subject.name), \(arm), and a decoder",
      of: network.encoder, split: condition.title.name, parts)
    card.classNames = condition.task.logitNames
    card.epoch = decoder.bestEpoch
    card.metrics = decoder.scores.metrics { $0.named() }
    card.settings = [
      "dataset": condition.name, "classes": condition.masks.rawValue, "arm": decoder.arm.rawValue,
      "lfwMasks": configuration.lfwMasks.rawValue, "helenMasks": configuration.helenMasks.rawValue,
      "helenThreshold": configuration.helenThreshold.rawValue,
      "featureType": configuration.featureType.rawValue, "convolutions": configuration.algorithm.rawValue,
      // Features of frozen stages are computed in other batches than those of the rest, with other last bits.
      "frozenThrough": network.encoder.lastFrozenStage?.name ?? "none",
    ]
    return card
  }

  /// The file with the encoder of an arm, which all its decoders share: the gender classifier's, or one with the published
  /// encoder alone. Nil where each decoder has an encoder of its own, trained along.
  private func encoderFile(
    of subject: FaceSegmentationStudy.Subject, _ arm: FaceSegmentationResults.Arm, _ encoder: any ImageEncoder
  ) throws -> URL? {
    guard configuration.segmentation.trainedStages == .none else { return nil }
    let file = run.folder.model("\(subject.name)-\(arm == .control ? "published" : "gender")")
    if arm == .control, !FileManager.default.fileExists(atPath: file.path) {
      let card = run.card(titled: "The published encoder \(subject.name)", of: encoder)
      try encoder.write(to: file, metadata: card.metadata)
    }
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let written = try openWeightFile(at: file).modelCard()
    return written.encoderDigest == encoder.digest(through: encoder.lastStage.name) ? file : nil
  }

  func scoresFile(
    _ subject: FaceSegmentationStudy.Subject, _ condition: FaceSegmentationResults.Condition,
    _ arm: FaceSegmentationResults.Arm,
    _ partition: MeasuredPartition
  ) -> URL {
    run.folder.scores("\(subject.name)-\(condition.name)-\(arm.rawValue)-\(partition.rawValue)")
  }

  /// What both arms of a condition scored on one part; nil until both are done, and where there is no such part.
  func scoresOfArms(
    _ subject: FaceSegmentationStudy.Subject, _ condition: FaceSegmentationResults.Condition,
    _ partition: MeasuredPartition
  ) throws -> (control: PictureScores, gender: PictureScores)? {
    let files = FaceSegmentationResults.Arm.allCases.map { scoresFile(subject, condition, $0, partition) }
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return nil }
    let scores = try files.map(PictureScores.init(contentsOf:))
    return (scores[0], scores[1])
  }

  /// Notes the gain of a condition both of whose arms are done.
  private func compareArms(
    of subject: FaceSegmentationStudy.Subject, _ condition: FaceSegmentationResults.Condition
  ) throws {
    func gain(_ partition: MeasuredPartition) throws -> FaceSegmentationResults.Gain? {
      try scoresOfArms(subject, condition, partition).map { arms in
        try arms.control.gain(of: arms.gender, random: run.random.child("bootstrap"))
      }
    }
    guard let validation = try gain(.validation) else { return }
    let gains = ByPartition(validation: validation, test: try gain(.test))
    run.results.encoders[subject.name]?.gains[condition.name] = gains
    if gains.conclusive.changedPredictions == 0 {
      try run.warn(
        "\(subject.name) \(condition.name): both arms predict the same for every picture. The comparison is void."
      )
    }
  }
}
