import GraftTensor
import GraftTraining
import Foundation

/// What a run will compute, and what that takes on this machine: estimated before anything starts.
public struct RunPlan {
  /// One kind of work with one encoder.
  public struct Item: Sendable {
    /// The encoder.
    public let encoder: String
    /// For people: `gender tuning, 30 epochs`.
    public let work: String
    /// For all pictures in all epochs.
    public let floatingPointOperations: Double
    /// What is written to disk.
    public let byteCount: Int
    /// How long it takes.
    public let seconds: Double
  }

  /// One training, with what it takes.
  public struct Training: Sendable {
    /// As its files are called: `vgg19-gender`, `vgg19-lfw-hair-control`.
    public let name: String
    /// `gender`, `segmentation`: all trainings of one kind are taken to be slower or faster than planned by the same factor.
    public let kind: String
    /// For the features that are computed before its first step; 0 where an earlier training computes them.
    public let featureSeconds: Double
    /// How many epochs are assumed.
    public let epochs: Int
    /// Whether the settings allow no more epochs than these.
    public let isLimited: Bool
    /// For all epochs.
    public let seconds: Double
  }

  /// What is left to do.
  public var items: [Item] = []
  /// The trainings that are left, in their order.
  public var trainings: [Training] = []
  /// What all of it is, for people: `1 gender tuning, 4 decoders; 20 pictures`.
  public var title: String
  /// How many epochs are assumed where the settings set no limit, as a sentence.
  public var assumption: String

  /// Creates an empty plan.
  public init(title: String, assumption: String) {
    self.title = title
    self.assumption = assumption
  }

  /// What is written to disk, in bytes.
  public var byteCount: Int { items.reduce(0) { $0 + $1.byteCount } }
  /// How long it takes, in seconds.
  public var seconds: Double { items.reduce(0) { $0 + $1.seconds } }
  /// Whether the settings limit the epochs of all trainings that are left.
  var hasEpochLimits: Bool { trainings.allSatisfy(\.isLimited) }

  /// The plan in one line.
  public var summary: String {
    let duration = ProgressReport.duration(seconds)
    let time =
      hasEpochLimits
      ? "about \(duration) on this machine if every training uses all its epochs"
      : "about \(duration) on this machine if trainings without an epoch limit take the usual number"
    return "plan: \(title); \(Self.bytes(byteCount)) of features on disk; \(time)"
  }

  /// The plan as a table.
  public var table: String {
    let rows = items.map { item in
      [
        item.encoder, item.work, String(format: "%.2f", item.floatingPointOperations / 1e12),
        item.byteCount > 0 ? Self.bytes(item.byteCount) : "", ProgressReport.duration(item.seconds),
      ]
    }
    let text = TextTable(
      header: ["encoder", "work", "10¹² operations", "on disk", "time"], rows: rows, rightAligned: [2, 3, 4]
    ).text
    let epochs =
      hasEpochLimits
      ? "All epochs that are allowed are assumed; trainings that stop improving end earlier." : assumption
    return """
      \(text)

      \(summary)
      \(epochs) Times are estimated from one batch of each kind, measured now. Features that are stored already cost nothing.
      """
  }

  static func bytes(_ count: Int) -> String {
    count < 1 << 30
      ? "\(count >> 20) MiB" : String(format: "%.1f GiB", Double(count) / Double(1 << 30))
  }
}
