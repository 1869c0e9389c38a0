import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

extension FaceSegmentationStudy {
  /// Tunes the last stage of an encoder on gender, together with a classifier, and gives the encoder with the weights of
  /// the epoch with the best validation accuracy (the paper's sections 3.2 and 4.5).
  ///
  /// - Parameters:
  ///   - subject: the encoder.
  ///   - faces: with two classes, to be divided as the settings say; of CelebA its training pool.
  public func tuneOnGender(_ subject: Subject, with faces: some PictureDataset) throws -> any ImageEncoder {
    let encoder = try configuration.makeEncoder(of: subject)
    let control = encoder.digest(through: encoder.lastStage.name)
    if let before = results.encoders[subject.name]?.encoderDigest?.control, before != control {
      throw StudyError(
        """
        \(subject.name): its published weights are not those that \(output.path) was begun with (digest \
        \(before.prefix(12))… then, \(control.prefix(12))… now). Name another folder with --output, or the same file.
        """)
    }
    encoder.freezeUpToLastStage()
    let classifier = ClassificationNetwork.gender(
      encoder, poolsFeatures: subject.poolsFeatures, hiddenUnits: subject.hiddenUnits,
      random: random.child("classifier"))
    let model = modelFile("\(subject.name)-gender")
    if results.encoders[subject.name]?.gender != nil {
      try classifier.read(from: model)
      return encoder
    }
    let parts = try divide(faces, as: "gender")
    let (trainer, history) = try train(
      classifier, of: subject, "\(subject.name)-gender", title: "\(subject.name)  gender tuning",
      stage: "gender",
      loss: .softmaxCrossEntropy, learningRate: configuration.gender.learningRate, parts: parts,
      batchSize: configuration.gender.batchSize, until: configuration.gender.stoppingRule,
      keep: .validationAccuracy)
    guard let best = history.best(.validationAccuracy) else {
      throw StudyError("The gender tuning of \(subject.name) ended without an epoch: allow it at least one.")
    }
    let tuned = encoder.digest(through: encoder.lastStage.name)
    if tuned == control {
      console.warn("tuning has not changed \(subject.name): both arms will be the same.")
    }
    let gender = StudyResults.Gender(
      scores: .init(
        validation: try genderScores(of: trainer, on: parts.validation),
        test: try parts.test.map { try genderScores(of: trainer, on: $0) }),
      trainingPictures: parts.training.count, bestEpoch: best.number, epochs: history.epochs.count)
    try classifier.write(to: model, metadata: card(of: gender, subject, encoder, parts).metadata)
    warnAboutBaseline(of: gender, subject, trainingCount: parts.training.count)
    results.encoders[subject.name, default: .init()].gender = gender
    results.encoders[subject.name]?.encoderDigest = .init(control: control, gender: tuned)
    try save()
    return encoder
  }

  /// With the best weights, which the trainer has put in place.
  private func genderScores(
    of trainer: Trainer, on faces: Subset
  ) throws -> StudyResults.Gender.Scores {
    guard let score = try trainer.score(faces.batches(of: 32)) as? ClassScore else {
      throw StudyError("The loss \(trainer.loss.name) measures no classes.")
    }
    return .init(
      accuracy: score.accuracy.value, majorityShare: try majorityShare(of: faces), pictures: faces.count)
  }

  private func majorityShare(of dataset: some PictureDataset) throws -> Double {
    let counts = try (0..<dataset.count).reduce(into: [Float: Int]()) { counts, index in
      counts[try dataset.target(at: index).scalar, default: 0] += 1
    }
    return Double(counts.values.max() ?? 0) / Double(dataset.count)
  }
}
