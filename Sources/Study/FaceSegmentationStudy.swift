import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

/// The experiment of the paper: tune the last stage of an encoder on gender, freeze it, train a small decoder on it for
/// face segmentation, and compare with the encoder as it was published.
///
/// Every finished part is written to the output folder at once; a call with the same folder and the same configuration
/// goes on where the one before ended, in the middle of a training too.
public final class FaceSegmentationStudy {
  /// An encoder to be studied.
  public struct Subject {
    /// As in results and file names: `vgg19`.
    public let name: String
    /// Of the classifier's first layer: 5 for VGG16, 10 for the others (the paper's Table 3.1).
    public let hiddenUnits: Int
    /// Whether the classifier sees the mean of the features over the image: for a ResNet.
    public let poolsFeatures: Bool
    /// Makes the encoder with its published weights.
    public let makeEncoder: () throws -> any ImageEncoder

    /// Names an encoder.
    public init(
      name: String, hiddenUnits: Int = 10, poolsFeatures: Bool = false,
      makeEncoder: @escaping () throws -> any ImageEncoder
    ) {
      self.name = name
      self.hiddenUnits = hiddenUnits
      self.poolsFeatures = poolsFeatures
      self.makeEncoder = makeEncoder
    }
  }

  /// One decoder to be trained.
  public struct Condition: Sendable {
    /// The faces, with masks.
    public let dataset: any PictureDataset
    /// `lfw` or `helen`.
    public let name: String
    /// Whether hair belongs to the masks.
    public let hair: Bool

    /// Names a condition.
    public init(_ dataset: any PictureDataset, name: String, hair: Bool) {
      self.dataset = dataset
      self.name = name
      self.hair = hair
    }
  }

  /// What has been found so far.
  public private(set) var results: StudyResults
  private let output: URL
  private let configuration: StudyConfiguration
  private let cache: FeatureCache
  private let console: StudyConsole
  private let isInterrupted: () -> Bool
  private var constantMasks: [String: [String: Double]] = [:]
  private var random: RandomStream { RandomStream(seed: configuration.seed) }

  /// Prepares a study, with the results so far if the folder has any.
  ///
  /// - Parameters:
  ///   - configuration: the settings.
  ///   - output: the folder for results, models and logs.
  ///   - features: where the feature cache lies, which several studies may share; `features` in `output` if nil.
  ///   - console: whom to tell how it goes.
  ///   - isInterrupted: whether somebody wants it to stop; asked after every step.
  /// - Throws: ``StudyError`` if the folder has results of other settings or of another machine.
  public init(
    configuration: StudyConfiguration, output: URL, features: URL? = nil, console: StudyConsole,
    isInterrupted: @escaping () -> Bool = { false }
  ) throws {
    self.configuration = configuration
    self.output = output
    self.console = console
    self.isInterrupted = isInterrupted
    cache = FeatureCache(
      in: features ?? output.appendingPathComponent("features"), scalarType: configuration.featureType,
      algorithm: configuration.algorithm)
    let before = try StudyResults(contentsOf: output.appendingPathComponent("results.json"))
    if let before, before.configuration != configuration || before.environment != .current {
      let difference = configuration.difference(from: before.configuration) ?? "the machine is another"
      throw StudyError(
        "\(output.path): the results in this folder do not belong to this call: \(difference). Name another folder "
          + "with --output, or repeat the settings in its results.json.")
    }
    results = before ?? StudyResults(configuration: configuration)
    try configuration.write(to: output.appendingPathComponent("configuration.json"))
  }
}

// MARK: Data

extension FaceSegmentationStudy {
  /// Decodes every photograph and mask once before anything is trained, unless a gender tuning is done already: a damaged
  /// file should not end the study after hours.
  public func check(_ conditions: [Condition]) throws {
    guard results.encoders.isEmpty else { return }
    var checked: Set<String> = []
    for condition in conditions where checked.insert(condition.name).inserted {
      let dataset = condition.dataset
      console.note("\(condition.name): checking \(dataset.count) photographs and masks")
      let samples = Prefetcher(Array(0..<dataset.count)) { index in
        _ = try dataset.picture(at: index)
        _ = try dataset.target(at: index)
      }
      while try samples.next() != nil { if isInterrupted() { throw TrainingInterrupted() } }
    }
  }
}

// MARK: Gender

extension FaceSegmentationStudy {
  /// Tunes the last stage of an encoder on gender, together with a classifier, and gives the encoder with the weights of
  /// the epoch with the best validation accuracy (the paper's sections 3.2 and 4.5).
  ///
  /// - Parameters:
  ///   - subject: the encoder.
  ///   - faces: with two classes, to be divided into training and validation; of CelebA its training pool.
  public func tuneOnGender(_ subject: Subject, with faces: some PictureDataset) throws -> any ImageEncoder {
    let encoder = try subject.makeEncoder()
    let control = encoder.digest(through: encoder.lastStage.name)
    encoder.freeze(through: encoder.stages.dropLast().last?.name ?? encoder.lastStage.name)
    let classifier = GenderClassifier(
      encoder, poolsFeatures: subject.poolsFeatures, hiddenUnits: subject.hiddenUnits,
      random: random.child("classifier"))
    let model = output.appendingPathComponent("models/\(subject.name)-gender.safetensors")
    if results.encoders[subject.name]?.gender != nil {
      try classifier.read(from: model)
      return encoder
    }
    let parts = try divide(faces, as: "gender")
    let (_, history) = try train(
      classifier, "\(subject.name)-gender", title: "\(subject.name)  gender tuning", stage: "gender",
      loss: .softmaxCrossEntropy, learningRate: configuration.gender.learningRate, parts: parts,
      batchSize: configuration.gender.batchSize, until: configuration.gender.stoppingRule,
      keep: .validationAccuracy)
    guard let best = history.best(.validationAccuracy), let accuracy = best.metrics["validationAccuracy"]
    else {
      throw StudyError("The gender tuning of \(subject.name) ended without an epoch: allow it at least one.")
    }
    try classifier.write(to: model, metadata: ["network": "\(subject.name) gender classifier"])
    let tuned = encoder.digest(through: encoder.lastStage.name)
    if tuned == control {
      console.note("warning: tuning has not changed \(subject.name): both arms will be the same.")
    }
    results.encoders[subject.name, default: .init()].gender = .init(
      accuracy: accuracy, bestEpoch: best.number, epochs: history.epochs.count,
      majorityShare: try majorityShare(of: parts.validation))
    results.encoders[subject.name]?.encoderDigest = .init(control: control, gender: tuned)
    try save()
    return encoder
  }

  private func majorityShare(of dataset: some PictureDataset) throws -> Double {
    let counts = try (0..<dataset.count).reduce(into: [Float: Int]()) { counts, index in
      counts[try dataset.target(at: index).scalar, default: 0] += 1
    }
    return Double(counts.values.max() ?? 0) / Double(dataset.count)
  }

  private func divide(_ dataset: some PictureDataset, as name: String) throws -> Split.Parts {
    let split = try Split(of: dataset, rule: configuration.split)
    try split.write(to: output.appendingPathComponent("splits/\(name).json"))
    return try split.applied(to: dataset)
  }
}

// MARK: Segmentation

extension FaceSegmentationStudy {
  /// Trains a decoder on a frozen encoder, with the same start and the same order of pictures in both arms, and scores
  /// it and the constant mask (the paper's sections 3.3 and 4.6).
  public func trainDecoder(
    on encoder: any ImageEncoder, of subject: Subject, arm: StudyResults.Arm, for condition: Condition
  ) throws {
    let done = results.encoders[subject.name]?.segmentation ?? []
    if done.contains(where: { $0.dataset == condition.name && $0.hair == condition.hair && $0.arm == arm }) {
      return
    }
    let name = StudyResults.ConditionName(dataset: condition.name, hair: condition.hair).text
    encoder.freeze()
    let network = SegmentationNetwork(
      encoder: encoder, decoder: .fcn32(penalty: L2(configuration.segmentation.penalty)),
      random: random.child("decoder"))
    let parts = try divide(condition.dataset, as: name)
    let (trainer, history) = try train(
      network, "\(subject.name)-\(name)-\(arm.rawValue)", title: "\(subject.name)  \(name)  \(arm.rawValue)",
      stage: "segmentation", loss: configuration.segmentation.trainingLoss,
      learningRate: configuration.segmentation.learningRate, parts: parts,
      batchSize: configuration.segmentation.batchSize, until: configuration.segmentation.stoppingRule,
      keep: .validationIoU)
    guard let best = history.best(.validationIoU) else {
      throw StudyError(
        "The decoder \(name) of \(subject.name) ended without an epoch: allow it at least one.")
    }
    try network.head.write(
      to: output.appendingPathComponent("models/\(subject.name)-\(name)-\(arm.rawValue)-decoder.safetensors"),
      metadata: [
        "network": "FCN32 decoder on \(subject.name), arm \(arm.rawValue)",
        "encoderDigest": encoder.digest(through: encoder.lastStage.name),
      ])
    let scores = try measure(trainer, on: parts.validation)
    try scores.write(to: scoresFile(subject, name, arm))
    results.encoders[subject.name, default: .init()].segmentation.append(
      .init(
        dataset: condition.name, hair: condition.hair, arm: arm, best: best, epochs: history.epochs.count,
        scores: scores, constantMask: try constantMaskMetrics(of: parts, name: name)))
    try compareArms(of: subject, name: name)
    try save()
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
      console.note(
        "warning: \(subject.name) \(name): both arms predict the same for every picture. The comparison is void."
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

// MARK: Common parts

extension FaceSegmentationStudy {
  private func train(
    _ network: any GraftedNetwork, _ name: String, title: String, stage: String, loss: Loss,
    learningRate: Float, parts: Split.Parts, batchSize: Int, until rule: StoppingRule, keep metric: Metric
  ) throws -> (trainer: Trainer, history: History) {
    let checkpoint = output.appendingPathComponent("checkpoints/\(name).safetensors")
    let trainer = Trainer(
      network, loss: loss, optimizer: configuration.makeOptimizer(learningRate: learningRate),
      random: random.child("training"),
      cache: cache, checkpoint: checkpoint,
      observers: [
        console.progress(title: title, metric: metric),
        CSVLog(to: output.appendingPathComponent("logs/\(name).csv")),
      ],
      isInterrupted: isInterrupted)
    try measured("\(stage) features") {
      for part in [parts.training, parts.validation] { try trainer.cacheFeatures(of: part) }
    }
    let history = try measured(stage) {
      try trainer.fit(
        parts.training.batches(of: batchSize, shuffledBy: configuration.seed),
        validation: parts.validation.batches(of: batchSize), until: rule, keep: .best(metric))
    }
    return (trainer, history)
  }

  /// Adds the time and the peak memory of a stage to the results, even if it is interrupted.
  private func measured<Result>(_ stage: String, _ body: () throws -> Result) throws -> Result {
    releaseUnusedMemory()
    let before = ProcessMemory.peakByteCount
    results.peakMemoryBytes = max(results.peakMemoryBytes, before)
    ProcessMemory.resetPeak()
    let began = ContinuousClock.now
    let outcome = Swift.Result { try body() }
    let peak = ProcessMemory.peakByteCount
    results.seconds[stage, default: 0] += (ContinuousClock.now - began) / .seconds(1)
    results.peakMemoryBytesByStage[stage] = max(results.peakMemoryBytesByStage[stage] ?? 0, peak)
    results.peakMemoryBytes = max(results.peakMemoryBytes, peak)
    try save()
    return try outcome.get()
  }

  private func save() throws { try results.write(to: output.appendingPathComponent("results.json")) }
}
