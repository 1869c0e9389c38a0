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
    let name = condition.title.text
    configuration.freezeForSegmentation(encoder)
    let network = SegmentationNetwork(
      encoder: encoder,
      decoder: configuration.decoder(for: encoder, of: subject, classes: condition.logitCount),
      random: random.child("decoder"))
    let start = encoder.state
    // The next condition begins with this encoder as it is now.
    defer { if configuration.segmentation.trainedStages != .none { try? encoder.load(start) } }
    let settings = configuration.segmentation
    let metric = condition.kind == .parts ? Metric.validationMeanIoU : settings.selectionIoU.metric
    let parts = try divide(condition.dataset, as: name)
    let (trainer, history) = try train(
      network, of: subject, "\(subject.name)-\(name)-\(arm.rawValue)",
      title: "\(subject.name)  \(name)  \(arm.rawValue)", stage: "segmentation",
      loss: settings.trainingLoss(telling: condition.kind == .parts ? condition.dataset.classNames : []),
      learningRate: settings.learningRate, parts: parts, batchSize: settings.batchSize,
      until: settings.stoppingRule(improving: metric), keep: metric)
    guard let best = history.best(metric) else {
      throw StudyError(
        "The decoder \(name) of \(subject.name) ended without an epoch: allow it at least one.")
    }
    let decoder = Decoder(
      network: network, subject: subject, arm: arm, condition: condition.title, parts: parts, best: best,
      epochs: history.epochs.count)
    // The network with its best weights, picture by picture.
    switch try trainer.score(parts.validation.batches(of: settings.batchSize)) {
    case let score as SegmentationScore: try note(score, of: decoder)
    case let score as NamedPixelClassScore: try note(score, of: decoder)
    default: throw StudyError("The loss \(trainer.loss.name) measures no masks.")
    }
    try save()
    return true
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

    /// As its files are called.
    var name: String { "\(subject.name)-\(condition.text)-\(arm.rawValue)" }
  }

  private func note(_ score: SegmentationScore, of decoder: Decoder) throws {
    let scores = ImageScores(of: decoder.parts.validation, score: score)
    try scores.write(to: scoresFile(decoder.subject, decoder.condition, decoder.arm))
    let result = StudyResults.Segmentation(
      dataset: decoder.condition.dataset, hair: decoder.condition.hair, arm: decoder.arm, best: decoder.best,
      epochs: decoder.epochs, scores: scores, constantMask: try constantMaskMetrics(of: decoder))
    try write(decoder, metrics: result.metrics)
    warnAboutBaseline(of: result, decoder.subject, trainingCount: decoder.parts.training.count)
    results.encoders[decoder.subject.name, default: .init()].segmentation.append(result)
    try compareArms(of: decoder, by: SegmentationScore.self)
  }

  private func note(_ score: NamedPixelClassScore, of decoder: Decoder) throws {
    let scores = PartScores(of: decoder.parts.validation, score: score.score)
    try scores.write(to: scoresFile(decoder.subject, decoder.condition, decoder.arm))
    let result = StudyResults.Parts(
      dataset: decoder.condition.dataset, arm: decoder.arm, bestEpoch: decoder.best.number,
      epochs: decoder.epochs, classNames: score.classNames, scores: scores,
      constantMask: try constantPartsScore(of: decoder))
    try write(decoder, metrics: result.metrics)
    warnAboutBaseline(of: result, decoder.subject, trainingCount: decoder.parts.training.count)
    let before = results.encoders[decoder.subject.name]?.parts ?? []
    results.encoders[decoder.subject.name, default: .init()].parts = before + [result]
    try compareArms(of: decoder, by: PixelClassScore.self)
  }

  private func write(_ decoder: Decoder, metrics: [String: Double]) throws {
    let card = try card(of: decoder, metrics: metrics)
    try decoder.network.write(to: modelFile(decoder.name), metadata: card.metadata)
  }

  func scoresFile(
    _ subject: Subject, _ condition: StudyResults.ConditionName, _ arm: StudyResults.Arm
  ) -> URL {
    output.appendingPathComponent("scores/\(subject.name)-\(condition.text)-\(arm.rawValue).json")
  }

  /// Notes the gain of a condition both of whose arms are done.
  private func compareArms<Score: PictureScore>(of decoder: Decoder, by _: Score.Type) throws {
    let (subject, name) = (decoder.subject, decoder.condition)
    let files = StudyResults.Arm.allCases.map { scoresFile(subject, name, $0) }
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return }
    let scores = try files.map { try ScoresByPicture<Score>(contentsOf: $0) }
    let gain = try scores[0].gain(of: scores[1], random: random.child("bootstrap"))
    results.encoders[subject.name]?.gains[name.text] = gain
    if gain.changedPredictions == 0 {
      console.warn(
        "\(subject.name) \(name.text): both arms predict the same for every picture. The comparison is void."
      )
    }
  }
}

// MARK: Constant masks

extension FaceSegmentationStudy {
  /// The scores of the constant mask, which are the same for every arm and encoder.
  private func constantMaskMetrics(of decoder: Decoder) throws -> [String: Double] {
    if let metrics = constantMasks[decoder.condition.text] { return metrics }
    let parts = decoder.parts
    let score = try SegmentationScore(ofConstantMaskOf: parts.training, for: parts.validation)
    constantMasks[decoder.condition.text] = score.metrics
    return score.metrics
  }

  /// The same where parts are told apart: the class that is most frequent at each pixel.
  private func constantPartsScore(of decoder: Decoder) throws -> PixelClassScore {
    if let score = constantParts[decoder.condition.text] { return score }
    let parts = decoder.parts
    let score = try PixelClassScore(ofConstantMapOf: parts.training, for: parts.validation)
    constantParts[decoder.condition.text] = score
    return score
  }
}
