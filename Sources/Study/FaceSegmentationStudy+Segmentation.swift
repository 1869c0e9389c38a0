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
    let done = results.encoders[subject.name]?.segmentation ?? []
    if done.contains(where: { $0.dataset == condition.name && $0.hair == condition.hair && $0.arm == arm }) {
      return false
    }
    let name = StudyResults.ConditionName(dataset: condition.name, hair: condition.hair).text
    configuration.freezeForSegmentation(encoder)
    let network = SegmentationNetwork(
      encoder: encoder, decoder: configuration.decoder(for: encoder, of: subject),
      random: random.child("decoder"))
    let start = encoder.state
    // The next condition begins with this encoder as it is now.
    defer { if configuration.segmentation.trainedStages != .none { try? encoder.load(start) } }
    let metric = configuration.segmentation.selectionIoU.metric
    let parts = try divide(condition.dataset, as: name)
    let (trainer, history) = try train(
      network, of: subject, "\(subject.name)-\(name)-\(arm.rawValue)",
      title: "\(subject.name)  \(name)  \(arm.rawValue)",
      stage: "segmentation", loss: configuration.segmentation.trainingLoss,
      learningRate: configuration.segmentation.learningRate, parts: parts,
      batchSize: configuration.segmentation.batchSize, until: configuration.segmentation.stoppingRule,
      keep: metric)
    guard let best = history.best(metric) else {
      throw StudyError(
        "The decoder \(name) of \(subject.name) ended without an epoch: allow it at least one.")
    }
    let scores = try measure(trainer, on: parts.validation)
    try scores.write(to: scoresFile(subject, name, arm))
    let segmentation = StudyResults.Segmentation(
      dataset: condition.name, hair: condition.hair, arm: arm, best: best, epochs: history.epochs.count,
      scores: scores, constantMask: try constantMaskMetrics(of: parts, name: name))
    try network.write(
      to: modelFile("\(subject.name)-\(name)-\(arm.rawValue)"),
      metadata: card(of: segmentation, subject, encoder, parts).metadata)
    warnAboutBaseline(of: segmentation, subject, trainingCount: parts.training.count)
    results.encoders[subject.name, default: .init()].segmentation.append(segmentation)
    try compareArms(of: subject, name: name)
    try save()
    return true
  }

  /// The network with its best weights, picture by picture.
  private func measure(_ trainer: Trainer, on validation: Subset) throws -> ImageScores {
    let measured = try trainer.score(validation.batches(of: configuration.segmentation.batchSize))
    guard let score = measured as? SegmentationScore else {
      throw StudyError("The loss \(trainer.loss.name) measures no masks.")
    }
    return ImageScores(of: validation, score: score)
  }

  private func scoresFile(_ subject: Subject, _ name: String, _ arm: StudyResults.Arm) -> URL {
    output.appendingPathComponent("scores/\(subject.name)-\(name)-\(arm.rawValue).json")
  }

  /// Notes the gain of a condition both of whose arms are done.
  private func compareArms(of subject: Subject, name: String) throws {
    let files = StudyResults.Arm.allCases.map { scoresFile(subject, name, $0) }
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return }
    let scores = try files.map(ImageScores.init(contentsOf:))
    let gain = try scores[0].gain(of: scores[1], random: random.child("bootstrap"))
    results.encoders[subject.name]?.gains[name] = gain
    if gain.changedPredictions == 0 {
      console.warn(
        "\(subject.name) \(name): both arms predict the same for every picture. The comparison is void."
      )
    }
  }

  /// The scores of the constant mask, which are the same for every arm and encoder.
  private func constantMaskMetrics(of parts: Split.Parts, name: String) throws -> [String: Double] {
    if let metrics = constantMasks[name] { return metrics }
    var mask = ConstantMask()
    for indices in parts.training.batches(of: 32).indices(epoch: 0) {
      mask.add(try parts.training.targets(at: indices))
    }
    var score = SegmentationScore()
    for indices in parts.validation.batches(of: 32).indices(epoch: 0) {
      let truth = try parts.validation.targets(at: indices)
      score.add(probabilities: mask.probabilities(for: truth), masks: truth)
    }
    constantMasks[name] = score.metrics
    return score.metrics
  }
}
