import Foundation
import GraftDatasets
import GraftFiles
import GraftTensor
import GraftTraining

/// One run of an experiment in a folder.
///
/// Every finished part is written to the folder at once; a call with the same folder and the same configuration goes on
/// where the last one ended, even in the middle of a training.
///
/// ```swift
/// let run = try Run(of: study, in: URL(filePath: "out"), console: .standardError())
/// try run.carryOut()
/// print(run.results)
/// ```
public final class Run<E: Experiment> {
  /// What is run.
  public let experiment: E
  /// What has been found so far.
  public internal(set) var results: E.Results
  /// Where everything is written.
  public let folder: RunFolder
  let commandLine: String?
  let store: FeatureStore
  /// The algorithm of the settings; `fastest` comes with the choices that an earlier call kept.
  let algorithm: ConvolutionAlgorithm
  let console: RunConsole
  let isInterrupted: () -> Bool
  private(set) var clock: RunClock?
  /// How often this call has written the report.
  private(set) var reportCount = 0

  /// The source of everything random.
  var random: RandomStream { RandomStream(seed: experiment.configuration.seed) }

  /// Prepares a run, with the results so far if the folder has any.
  ///
  /// - Parameters:
  ///   - experiment: what is run.
  ///   - output: the folder for results, models and logs.
  ///   - features: where the feature store lies, which several runs may share; `features` in `output` if nil.
  ///   - cacheLimit: how many bytes stored features may take; those used least recently make room.
  ///   - commandLine: the command line, for the model cards of its networks; nil where there is none.
  ///   - console: where progress and warnings go.
  ///   - isInterrupted: whether somebody wants it to stop; asked after every step.
  /// - Throws: ``StudyError`` if a setting has a value that it cannot have, or if the folder has results of other settings,
  ///   of several seeds, or of another machine.
  public init(
    of experiment: E, in output: URL, features: URL? = nil, cacheLimit: Int = 64 << 30,
    commandLine: String? = nil, console: RunConsole, isInterrupted: @escaping () -> Bool = { false }
  ) throws {
    let configuration = experiment.configuration
    try configuration.check()
    self.experiment = experiment
    self.commandLine = commandLine
    folder = RunFolder(output)
    self.console = console
    self.isInterrupted = isInterrupted
    let features = features ?? folder.features
    store = FeatureStore(folder: features, limit: cacheLimit, scalarType: configuration.featureType)
    results = try Self.results(in: folder, configuration)
    // A resumed run must make the same choices, or its results would differ in their last bits.
    algorithm =
      configuration.algorithm == .fastest
      ? try .fastest(keptIn: features.appendingPathComponent("convolutions.json")) : configuration.algorithm
  }

  private static func results(
    in folder: RunFolder, _ configuration: E.Results.Configuration
  ) throws -> E.Results {
    let seeds = folder.seeds
    guard seeds.isEmpty else {
      throw StudyError(
        "\(folder.url.path): this folder holds runs with the seeds \(seeds.map(String.init).joined(separator: ", ")), each in "
          + "a folder of its own, and a single run would replace their report. Name another folder for it.",
        remedy: .otherFolder)
    }
    guard let before = try E.Results(contentsOf: folder.results) else {
      return E.Results(configuration: configuration)
    }
    if let difference = configuration.difference(from: before.configuration) {
      throw StudyError(
        "\(folder.url.path): the results in this folder do not belong to this call: \(difference). Name another folder, or "
          + "repeat the call that began it.", remedy: .otherFolderOrSettings(folder.configuration))
    }
    guard before.run.environment == .current else {
      throw StudyError(
        "\(folder.url.path): the results in this folder were computed by another machine or version "
          + "(\(before.run.environment.processor)). Name another folder.", remedy: .otherFolder)
    }
    return before
  }
}

// MARK: Running

extension Run {
  /// Does whatever is not done yet. The report is rewritten whenever there is something new in it, and once if nothing was
  /// left to do.
  ///
  /// - Parameter rule: what becomes of samples that cannot be read.
  /// - Throws: what making an encoder throws, before anything is read; ``StudyError`` if another run is using the output folder,
  ///   if samples cannot be read, or if weights or data are not those of an earlier call for the same folder;
  ///   `TrainingInterrupted`, after everything so far was saved; whatever writing the results throws.
  public func carryOut(onBadSample rule: BadSampleRule = .stop) throws {
    try experiment.check()
    guard let lock = try FolderLock(on: folder.url) else {
      throw StudyError(
        "\(folder.url.path): another run is writing to this folder. Wait until it has ended, or name another folder.",
        remedy: .otherFolder)
    }
    defer { withExtendedLifetime(lock) {} }
    // Another run may have ended since this one was prepared.
    results = try Self.results(in: folder, experiment.configuration)
    results.run.warnings.forEach(console.warn)
    if console.showsProgress { try announce() }
    let data = try examined(rule)
    try experiment.configuration.write(to: folder.configuration, with: experiment.call)
    try experiment.carryOut(in: self, on: data)
    // Everything was done already, or the process was killed between the last training and its report.
    if reportCount == 0 { try writeReport() }
  }

  /// Says what is left to do, if anything is.
  private func announce() throws {
    let plan = try experiment.plan(after: results)
    if plan.trainings.isEmpty { return }
    console.note(plan.summary)
    clock = RunClock(plan)
  }

  /// Writes the report of what has been found so far.
  public func writeReport() throws {
    try E.writeReport(of: [folder], to: folder)
    reportCount += 1
  }
}

// MARK: What experiments need

extension Run {
  /// Writes the results so far.
  func save() throws { try results.write(to: folder.results) }

  /// Warns a person, or a program; a later call for the same folder repeats the warning.
  func warn(_ text: String) throws {
    if results.run.warnings.contains(text) { return }
    console.warn(text)
    results.run.warnings.append(text)
    try save()
  }

  /// Splits a data set, and records how.
  func divide(_ dataset: Dataset, by split: Split, as name: String) throws -> Split.Parts {
    try split.write(to: folder.split(name))
    return try split.applied(to: dataset)
  }

  /// Adds the time and the peak memory of a stage to the results, even if it is interrupted.
  func measured<Result>(_ stage: String, _ body: () throws -> Result) throws -> Result {
    releaseUnusedMemory()
    let before = ProcessMemory.peakByteCount
    results.run.peakMemoryBytes = max(results.run.peakMemoryBytes, before)
    ProcessMemory.resetPeak()
    let began = ContinuousClock.now
    let outcome = Swift.Result { try body() }
    let peak = ProcessMemory.peakByteCount
    results.run.seconds[stage, default: 0] += (ContinuousClock.now - began) / .seconds(1)
    results.run.peakMemoryBytesByStage[stage] = max(results.run.peakMemoryBytesByStage[stage] ?? 0, peak)
    results.run.peakMemoryBytes = max(results.run.peakMemoryBytes, peak)
    // What stopped the stage matters more than that it could not be noted.
    if case .failure = outcome { try? save() } else { try save() }
    return try outcome.get()
  }
}
