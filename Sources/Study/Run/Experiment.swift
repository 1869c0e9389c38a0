import GraftDatasets

/// An experiment as a value: what it is run with, and what is done, in order. ``Run`` supplies what all experiments need:
/// folder and lock, the resolved configuration, a check of every sample, resuming after an interruption, the plan, the console,
/// and where files are.
public protocol Experiment {
  /// What it finds.
  associatedtype Results: RunResults
  /// What a call names besides the settings.
  associatedtype Call: RunCall

  /// The settings.
  var configuration: Results.Configuration { get }
  /// What the call named besides the settings.
  var call: Call { get }
  /// The data sets, in the order that ``carryOut(in:on:)`` expects.
  var data: [ExperimentData] { get }
  /// Checks that data and encoders fit together, before any sample is decoded.
  func check() throws
  /// What is left to do, and what it will cost.
  ///
  /// - Parameter results: what earlier calls have found.
  func plan(after results: Results) throws -> RunPlan
  /// Does whatever is not done yet, and calls ``Run/writeReport()`` whenever there is something new to report.
  ///
  /// - Parameters:
  ///   - run: the run that it is part of.
  ///   - data: ``data`` without the samples that cannot be used.
  func carryOut(in run: Run<Self>, on data: [Dataset]) throws
  /// Writes the report of a run, or of several that differ in their seeds only.
  ///
  /// - Parameters:
  ///   - runs: the folder of each; at least one.
  ///   - folder: where the report goes.
  static func writeReport(of runs: [RunFolder], to folder: RunFolder) throws
}

/// A data set of an experiment.
public struct ExperimentData: Sendable {
  /// What it is for: `gender`, `lfw`. Several data sets may share a role: the same pictures with different targets.
  public let role: String
  /// The kind of its targets, where a role has several, such as `hair`; empty for classes.
  public let kind: String
  /// Its samples.
  public let dataset: Dataset

  /// Names a data set.
  public init(_ dataset: Dataset, role: String, kind: String = "") {
    self.dataset = dataset
    self.role = role
    self.kind = kind
  }
}
