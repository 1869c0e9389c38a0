import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

extension FaceSegmentationWork {
  /// Tunes the last stage of an encoder on gender, together with a classifier, and gives the encoder with the weights of
  /// the epoch with the best validation accuracy (the paper's sections 3.2 and 4.5).
  ///
  /// - Parameters:
  ///   - subject: the encoder.
  ///   - faces: with two classes, to be divided as the settings say; of CelebA its training pool.
  func tuneOnGender(
    _ subject: FaceSegmentationStudy.Subject, with faces: Dataset
  ) throws -> any ImageEncoder {
    let encoder = try configuration.makeEncoder(of: subject)
    let control = encoder.digest(through: encoder.lastStage.name)
    if let before = run.results.encoders[subject.name]?.encoderDigest?.control, before != control {
      throw StudyError(
        """
        \(subject.name): its published weights are not those that \(run.folder.url.path) was begun with (digest \
        \(before.prefix(12))… then, \(control.prefix(12))… now). Name another folder, or the same file.
        """, remedy: .otherFolder)
    }
    encoder.freezeUpToLastStage()
    let classifier = ClassificationNetwork.gender(
      encoder, poolsFeatures: subject.poolsFeatures, hiddenUnits: subject.hiddenUnits,
      random: run.random.child("classifier"))
    let name = "\(subject.name)-gender"
    if run.results.encoders[subject.name]?.gender != nil {
      let file = run.folder.model(name)
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw StudyError(
          """
          \(file.path): the results say that this encoder was tuned, and its network is not there. Put the file back, or name \
          another folder to tune it again.
          """, remedy: .otherFolder)
      }
      try classifier.read(from: file)
      return encoder
    }
    let parts = try divide(faces, as: "gender")
    let settings = configuration.gender
    let finished = try run.train(
      classifier,
      RunTraining(
        name: name, title: "\(subject.name)  gender tuning", encoder: subject.name, stage: "gender",
        loss: .softmaxCrossEntropy, metrics: [.accuracy],
        optimizer: configuration.makeOptimizer(learningRate: settings.learningRate),
        batchNormBehaviour: configuration.frozenBatchNorm.behaviour, parts: parts,
        batchSize: settings.batchSize, stoppingRule: settings.stoppingRule,
        selection: .validation(.accuracy)))
    try note(finished, of: classifier, subject, parts, control: control)
    return encoder
  }

  private func note(
    _ finished: FinishedTraining, of classifier: ClassificationNetwork,
    _ subject: FaceSegmentationStudy.Subject, _ parts: Split.Parts, control: String
  ) throws {
    let encoder = classifier.encoder
    let tuned = encoder.digest(through: encoder.lastStage.name)
    if tuned == control {
      try run.warn("tuning has not changed \(subject.name): both arms will be the same.")
    }
    func scores(_ faces: Dataset) throws -> FaceSegmentationResults.Gender.Scores {
      .init(
        accuracy: try finished.trainer.count(Accuracy(), over: faces).value,
        majorityShare: try majorityShare(of: faces), pictures: faces.count)
    }
    let gender = FaceSegmentationResults.Gender(
      scores: .init(validation: try scores(parts.validation), test: try parts.test.map(scores)),
      trainingPictures: parts.training.count, bestEpoch: finished.best.number, epochs: finished.epochs)
    var card = try run.card(
      titled: "Tells two genders apart: \(subject.name), its last stage tuned", of: encoder, split: "gender",
      parts)
    card.classNames = parts.training.classNames
    card.epoch = gender.bestEpoch
    card.metrics = gender.scores.metrics(\.metrics)
    try classifier.write(to: run.folder.model("\(subject.name)-gender"), metadata: card.metadata)
    try warnAboutBaseline(of: gender, subject, trainingCount: parts.training.count)
    run.results.encoders[subject.name, default: .init()].gender = gender
    run.results.encoders[subject.name]?.encoderDigest = .init(control: control, gender: tuned)
    try run.save()
  }

  private func majorityShare(of dataset: Dataset) throws -> Double {
    let counts = try dataset.indices.reduce(into: [Int: Int]()) { counts, index in
      counts[try dataset.label(at: index), default: 0] += 1
    }
    return Double(counts.values.max() ?? 0) / Double(dataset.count)
  }

  /// Divides a data set as the settings say, and notes how.
  func divide(_ dataset: Dataset, as name: String) throws -> Split.Parts {
    let rule = configuration.splitRule(for: dataset)
    if configuration.split == .randomByPerson, case .random(_, _, keepingPeopleTogether: false, _) = rule {
      run.console.note("\(name): it is not known who is on the pictures, so they are drawn one by one")
    }
    return try run.divide(dataset, by: configuration.split(dataset), as: name)
  }
}
