import Foundation
import GraftFiles
import GraftTensor

/// Runs of one experiment with one seed or with several. One seed has its run in the output folder itself; several have a
/// folder each below it, share a feature store, and get a report of all of them together.
public struct SeededRuns<E: Experiment> {
  private let folder: RunFolder
  private let cacheLimit: Int
  private let commandLine: String?
  private let console: RunConsole
  private let isInterrupted: () -> Bool

  /// Prepares runs.
  ///
  /// - Parameters:
  ///   - output: the folder for all of them.
  ///   - cacheLimit: how many bytes stored features may take; those used least recently make room.
  ///   - commandLine: the command line, for the model cards of networks; nil where there is none.
  ///   - console: where progress and warnings go.
  ///   - isInterrupted: whether somebody wants it to stop; asked after every step.
  public init(
    in output: URL, cacheLimit: Int = 64 << 30, commandLine: String? = nil, console: RunConsole,
    isInterrupted: @escaping () -> Bool = { false }
  ) {
    folder = RunFolder(output)
    self.cacheLimit = cacheLimit
    self.commandLine = commandLine
    self.console = console
    self.isInterrupted = isInterrupted
  }

  /// Does whatever is not done yet.
  ///
  /// - Parameters:
  ///   - seeds: those of the runs, without repetition.
  ///   - rule: what becomes of samples that cannot be read.
  ///   - makeExperiment: makes the experiment with one of the seeds.
  /// - Returns: what each run found, in the order of the seeds.
  /// - Throws: ``StudyError`` if the folder holds a run of the other kind, or runs with seeds that are not named, whose
  ///   report would be lost; what ``Run/carryOut(onBadSample:)`` throws.
  @discardableResult
  public func carryOut(
    seeds: [UInt64], onBadSample rule: BadSampleRule = .stop, of makeExperiment: (UInt64) throws -> E
  ) throws -> [E.Results] {
    require(Set(seeds).count == seeds.count, "Each seed has one run, and \(seeds) names one twice.")
    guard seeds.count > 1 else {
      return try seeds.map { try carryOut(makeExperiment($0), in: folder, rule) }
    }
    try check(seeds)
    let results = try seeds.enumerated().map { number, seed in
      let own = folder.seed(seed)
      console.note("seed \(seed): \(number + 1) of \(seeds.count), in \(own.url.shownRelativePath)")
      return try carryOut(makeExperiment(seed), in: own, rule)
    }
    try E.writeReport(of: seeds.map(folder.seed), to: folder)
    return results
  }

  private func carryOut(_ experiment: E, in own: RunFolder, _ rule: BadSampleRule) throws -> E.Results {
    let run = try Run(
      of: experiment, in: own.url, features: folder.features, cacheLimit: cacheLimit,
      commandLine: commandLine, console: console, isInterrupted: isInterrupted)
    try run.carryOut(onBadSample: rule)
    return run.results
  }

  private func check(_ seeds: [UInt64]) throws {
    func text(_ seeds: [UInt64]) -> String { seeds.map(String.init).joined(separator: ", ") }
    if let single = try E.Results(contentsOf: folder.results) {
      throw StudyError(
        "\(folder.url.path): this folder holds a single run, with the seed \(single.configuration.seed), and several runs would "
          + "replace its report. Name another folder for them.", remedy: .otherFolder)
    }
    let forgotten = folder.seeds.filter { !seeds.contains($0) }
    guard forgotten.isEmpty else {
      throw StudyError(
        "\(folder.url.path): this folder also holds runs with the seeds \(text(forgotten)), and the report of the seeds "
          + "\(text(seeds)) would replace the one that includes them. Name all seeds, or another folder.",
        remedy: .otherFolder)
    }
  }
}
