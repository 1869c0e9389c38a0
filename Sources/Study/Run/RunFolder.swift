import Foundation
import GraftFiles
import GraftTraining

/// The output folder of a run: which file is where.
public struct RunFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Names a folder, which need not be there yet.
  public init(_ url: URL) { self.url = url }

  /// What every run writes to its folder: files and folders.
  public static let names = [
    "bad-samples.txt", "checkpoints", "configuration.json", "events", "features", "figures", "logs", "models",
    "pictures", "report.html", "results.json", "scores", "splits", "tables",
  ]

  /// What was found.
  public var results: URL { url.appendingPathComponent("results.json") }
  /// The settings of the run.
  public var configuration: URL { url.appendingPathComponent("configuration.json") }
  /// The page for people.
  public var report: URL { url.appendingPathComponent("report.html") }
  /// The samples that could not be used.
  public var badSamples: URL { url.appendingPathComponent("bad-samples.txt") }
  /// The feature store, unless several runs share another.
  public var features: URL { url.appendingPathComponent("features") }

  /// A trained network.
  public func model(_ name: String) -> URL { url.appendingPathComponent("models/\(name).safetensors") }
  /// The checkpoint from which a training goes on.
  public func checkpoint(_ name: String) -> URL {
    url.appendingPathComponent("checkpoints/\(name).safetensors")
  }
  /// The epochs of a training as a table.
  public func log(_ name: String) -> URL { url.appendingPathComponent("logs/\(name).csv") }
  /// The epochs of a training for TensorBoard.
  public func events(_ name: String) -> URL { url.appendingPathComponent("events/\(name)") }
  /// Which sample is in which part.
  public func split(_ name: String) -> URL { url.appendingPathComponent("splits/\(name).json") }
  /// How well a network did on each picture.
  public func scores(_ name: String) -> URL { url.appendingPathComponent("scores/\(name).json") }
  /// The folder of a run with one of several seeds.
  public func seed(_ seed: UInt64) -> RunFolder { RunFolder(url.appendingPathComponent("seed-\(seed)")) }

  /// The seeds whose runs have a folder here, in order.
  var seeds: [UInt64] {
    ((try? FileSystem.names(in: url)) ?? []).compactMap { name in
      name.description.hasPrefix("seed-") ? UInt64(name.description.dropFirst("seed-".count)) : nil
    }.filter { FileManager.default.fileExists(atPath: seed($0).results.path) }.sorted()
  }

  /// Whether it holds results of an experiment, or of several runs of it with different seeds.
  public func holds<Results: RunResults>(_ results: Results.Type) -> Bool {
    ([self] + seeds.map(seed)).contains { (try? Results(contentsOf: $0.results)) != nil }
  }

  /// The values of a metric in each epoch of a training, from its log; nil if there is no such log.
  func curve(_ training: String, _ metric: MonitoredMetric) -> [Double]? {
    guard let text = try? String(contentsOf: log(training), encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    guard let column = lines.first?.firstIndex(of: metric.name[...]) else { return nil }
    let curve = lines.dropFirst().map { $0.indices.contains(column) ? Double($0[column]) ?? .nan : .nan }
    return curve.isEmpty ? nil : curve
  }
}
