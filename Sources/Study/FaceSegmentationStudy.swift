import Foundation
import GraftDatasets
import GraftFiles
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
    /// The faces with masks of these classes.
    public let dataset: Dataset
    /// `lfw` or `helen`.
    public let name: String
    /// What is to be found.
    public let classes: FaceClasses

    /// Names a condition.
    public init(_ dataset: Dataset, name: String, classes: FaceClasses) {
      self.dataset = dataset
      self.name = name
      self.classes = classes
    }

    var title: StudyResults.ConditionName { .init(dataset: name, classes: classes) }
    /// How many maps of logits a decoder gives: one for a mask.
    var logitCount: Int { dataset.targets.logitCount }
  }

  /// What has been found so far.
  public internal(set) var results: StudyResults
  let output: URL
  let configuration: StudyConfiguration
  private let call: StudyCall
  let commandLine: String?
  let store: FeatureStore
  let console: StudyConsole
  let isInterrupted: () -> Bool
  var constantMasks: [ConstantKey: SegmentationScore] = [:]
  var constantParts: [ConstantKey: PixelClassScore] = [:]
  private var clock: StudyClock?
  /// How often this call has written the report.
  private(set) var reportCount = 0
  var random: RandomStream { RandomStream(seed: configuration.seed) }

  /// Prepares a study, with the results so far if the folder has any.
  ///
  /// - Parameters:
  ///   - configuration: the settings.
  ///   - output: the folder for results, models and logs.
  ///   - features: where the feature store lies, which several studies may share; `features` in `output` if nil.
  ///   - cacheLimit: how many bytes stored features may take; those used least recently make room.
  ///   - call: what the call named besides the settings, to be written with them.
  ///   - commandLine: what the person typed, for the cards of its networks; nil where nobody typed anything.
  ///   - console: whom to tell how it goes.
  ///   - isInterrupted: whether somebody wants it to stop; asked after every step.
  /// - Throws: ``StudyError`` if a setting has a value that it cannot have, or if the folder has results of other settings
  ///   or of another machine.
  public init(
    configuration: StudyConfiguration, output: URL, features: URL? = nil, cacheLimit: Int = 64 << 30,
    call: StudyCall = StudyCall(), commandLine: String? = nil, console: StudyConsole,
    isInterrupted: @escaping () -> Bool = { false }
  ) throws {
    try configuration.check()
    self.configuration = configuration
    self.call = call
    self.commandLine = commandLine
    self.output = output
    self.console = console
    self.isInterrupted = isInterrupted
    let features = features ?? output.appendingPathComponent("features")
    store = FeatureStore(folder: features, limit: cacheLimit, scalarType: configuration.featureType)
    let before = try StudyResults(contentsOf: output.appendingPathComponent("results.json"))
    if let before, before.configuration != configuration || before.environment != .current {
      let difference = configuration.difference(from: before.configuration)
      let file = output.appendingPathComponent("configuration.json").shownRelativePath
      // Of several seeds each has a folder in that of the call.
      let folder = (call.seeds?.count ?? 0) > 1 ? output.deletingLastPathComponent() : output
      throw StudyError(
        "\(output.path): the results in this folder do not belong to this call: "
          + "\(difference ?? "the machine is another"). Name another folder with --output"
          + (difference == nil
            ? "." : ", or repeat its call with --configuration \(file) --output \(folder.shownRelativePath).")
      )
    }
    results = before ?? StudyResults(configuration: configuration)
    if configuration.algorithm == .fastest {
      // A run that goes on must not choose otherwise, or its last bits are others.
      try ConvolutionChoices.keep(in: features.appendingPathComponent("convolutions.json"))
    }
  }
}

// MARK: The whole of it

extension FaceSegmentationStudy {
  /// Runs all of it that is not done yet: for each encoder the gender tuning, then for every condition a decoder on the
  /// encoder as it was published and one on the tuned encoder. The report is written anew after each condition, and once
  /// where nothing was left to do.
  ///
  /// - Parameters:
  ///   - subjects: the encoders, one after the other; of different names.
  ///   - faces: with two classes, for the gender tuning; of CelebA its training pool.
  ///   - conditions: the faces with masks.
  ///   - rule: what becomes of samples that cannot be read.
  /// - Throws: what making an encoder throws, before anything is read; ``StudyError`` if another run has the output folder,
  ///   if samples cannot be read, or if weights or data are not those of an earlier call for the same folder;
  ///   `TrainingInterrupted`, after everything so far was saved; whatever writing the results throws.
  public func run(
    _ subjects: [Subject], tunedOn faces: Dataset, conditions: [Condition],
    onBadSample rule: BadSampleRule = .stop
  ) throws {
    try configuration.check(subjects, faces, conditions)
    guard let lock = try FolderLock(on: output) else {
      throw StudyError(
        "\(output.path): another run is writing to this folder. Wait until it has ended, or name another folder with "
          + "--output.")
    }
    defer { withExtendedLifetime(lock) {} }
    // Weights that are missing or another network's are named before minutes go by with looking at pictures.
    for subject in subjects { _ = try configuration.makeEncoder(of: subject) }
    let (faces, conditions) = try examine(faces, conditions, rule)
    try configuration.write(to: output.appendingPathComponent("configuration.json"), with: call)
    if console.showsProgress { try announce(subjects, faces, conditions) }
    for subject in subjects {
      // Section 4.5: the last stage is tuned on gender, with a classifier on top.
      let tuned = try tuneOnGender(subject, with: faces)
      let published = try configuration.makeEncoder(of: subject)
      // Section 4.6: both encoders are frozen, and a decoder is trained on each for every kind of mask.
      for condition in conditions {
        let isNew = [
          try trainDecoder(on: published, of: subject, arm: .control, for: condition),
          try trainDecoder(on: tuned, of: subject, arm: .gender, for: condition),
          try keepExamples(of: [published, tuned], of: subject, for: condition),
        ]
        if isNew.contains(true) { try writeReport() }
      }
    }
    // All of it was there already, or a kill came between the last decoder and its report.
    if reportCount == 0 { try writeReport() }
  }

  /// Says what is left to do, if anything is.
  private func announce(
    _ subjects: [Subject], _ faces: Dataset, _ conditions: [Condition]
  ) throws {
    let plan = try StudyPlan(
      configuration, subjects: subjects, faces: faces, conditions: conditions, after: results)
    if plan.trainings.isEmpty { return }
    console.note(plan.summary)
    clock = StudyClock(plan)
  }

  private func writeReport() throws {
    try StudyReport(of: [output]).write()
    reportCount += 1
  }
}

// MARK: Common parts

extension FaceSegmentationStudy {
  func train(
    _ network: any GraftedNetwork, of subject: Subject, _ name: String, title: String, stage: String,
    loss: Loss, metrics: [any Metric],
    learningRate: Float, parts: Split.Parts, batchSize: Int, until rule: StoppingRule,
    keep metric: MonitoredMetric
  ) throws -> (trainer: Trainer, history: History) {
    let checkpoint = output.appendingPathComponent("checkpoints/\(name).safetensors")
    network.setBatchNormBehaviour(configuration.frozenBatchNorm.behaviour)
    // What is trained is used in inference, and what only training needs is not to be in its file.
    defer { network.setBatchNormBehaviour(.following) }
    let computed = ComputedFeatures()
    clock?.begin(name)
    var observers: [any TrainingObserver] = [
      console.progress(title: title, metric: metric, epochs: rule.epochs, clock: clock), computed,
      CSVLog(to: output.appendingPathComponent("logs/\(name).csv")),
      EventLog(in: output.appendingPathComponent("events/\(name)")),
    ]
    // Before the progress, which asks it.
    if let clock { observers.insert(clock, at: 0) }
    let trainer = Trainer(
      network, loss: loss, metrics: metrics,
      optimizer: configuration.makeOptimizer(learningRate: learningRate),
      random: random.child("training"),
      convolutionAlgorithm: configuration.algorithm, store: store, checkpoint: checkpoint,
      observers: observers,
      isInterrupted: isInterrupted)
    let features = "\(stage) features"
    let before = results.seconds[features] ?? 0
    // What both arms share is computed once: they differ in the last stage alone.
    let shared = network.encoder.stages.dropLast().suffix(1).map(\.name)
    try measured(features) {
      for part in parts.all { try trainer.storeFeatures(of: part, keeping: shared) }
    }
    if computed.count > 0 {
      let seconds = ((results.seconds[features] ?? 0) - before) / Double(computed.count)
      // The arm that began with the shared stage does not say what a picture takes.
      let longest = max(seconds, results.featureSeconds[subject.name]?[stage] ?? 0)
      results.featureSeconds[subject.name, default: [:]][stage] = longest
    }
    let history = try measured(stage) {
      try trainer.fit(
        parts.training.batches(of: batchSize, shuffledBy: configuration.seed),
        validation: parts.validation.batches(of: batchSize), until: rule, keep: .best(metric))
    }
    if let seconds = results.featureSeconds[subject.name]?[stage], network.lastCacheableStage != nil {
      let pictures = history.epochs.count * (parts.training.count + parts.validation.count)
      results.secondsWithoutCache += Double(pictures) * seconds
    }
    return (trainer, history)
  }

  /// Adds the time and the peak memory of a stage to the results, even if it is interrupted.
  func measured<Result>(_ stage: String, _ body: () throws -> Result) throws -> Result {
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

  func save() throws { try results.write(to: output.appendingPathComponent("results.json")) }

  func divide(_ dataset: Dataset, as name: String) throws -> Split.Parts {
    let rule = configuration.splitRule(for: dataset)
    if configuration.split == .randomByPerson, case .random(_, _, keepingPeopleTogether: false, _) = rule {
      console.note("\(name): it is not known who is on the pictures, so they are drawn one by one")
    }
    let split = try configuration.split(dataset)
    try split.write(to: output.appendingPathComponent("splits/\(name).json"))
    return try split.applied(to: dataset)
  }
}
