import GraftDatasets

/// An experiment as a value: what it is run with, and what is done, in order. ``Run`` supplies what all experiments need:
/// folder and lock, the resolved configuration, a look at every sample, going on after an interruption, the plan, the console,
/// and where files lie.
public protocol Experiment {
  /// What it finds.
  associatedtype Results: RunResults
  /// What a call names besides the settings.
  associatedtype Call: RunCall

  /// The settings.
  var configuration: Results.Configuration { get }
  /// What the call named besides the settings.
  var call: Call { get }
  /// The data sets, in an order that ``carryOut(in:on:)`` knows.
  var data: [ExperimentData] { get }
  /// Looks whether data and encoders fit, before any sample is decoded.
  func check() throws
  /// What is left to do, and what that takes.
  ///
  /// - Parameter results: what earlier calls have found.
  func plan(after results: Results) throws -> RunPlan
  /// Does all of it that is not done yet, and calls ``Run/writeReport()`` where there is something new to read.
  ///
  /// - Parameters:
  ///   - run: where it happens.
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
  /// What it is for: `gender`, `lfw`. Several may have one role: the same pictures with other targets.
  public let role: String
  /// Which targets, where a role has several kinds: `hair`; empty for classes.
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
