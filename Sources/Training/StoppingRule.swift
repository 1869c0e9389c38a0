/// When a training ends.
public struct StoppingRule: Sendable, Codable, Equatable {
  /// Ends after so many epochs in a row without a strictly better value of this metric; never, where nil.
  public var patience: Patience?
  /// Ends after so many epochs.
  public var epochs: Int?
  /// Ends after so many seconds of training, resumed ones counted together.
  public var seconds: Double?

  /// How long a metric may fail to improve.
  public struct Patience: Sendable, Codable, Equatable {
    /// Which number.
    public let metric: Metric
    /// How many epochs.
    public let epochs: Int
  }

  /// Ends after so many epochs in a row without a strictly better value.
  public static func noImprovement(of metric: Metric, for epochs: Int) -> StoppingRule {
    StoppingRule(patience: Patience(metric: metric, epochs: epochs))
  }

  /// Ends after so many epochs.
  public static func epochs(_ count: Int) -> StoppingRule { StoppingRule(epochs: count) }

  /// Ends where either rule does.
  public func or(_ other: StoppingRule) -> StoppingRule {
    StoppingRule(
      patience: patience ?? other.patience, epochs: [epochs, other.epochs].compactMap(\.self).min(),
      seconds: [seconds, other.seconds].compactMap(\.self).min())
  }

  /// Why a training with this history is over; nil while it goes on.
  func reason(history: History, seconds elapsed: Double) -> String? {
    if let epochs, history.epochs.count >= epochs { return "\(epochs) epochs are done" }
    if let seconds, elapsed >= seconds { return "the time of \(Int(seconds)) s is used up" }
    guard let patience, let last = history.epochs.last else { return nil }
    // An epoch 0 means that no epoch has had a value to compare.
    let best = history.best(patience.metric)?.number ?? 0
    guard last.number - best >= patience.epochs else { return nil }
    return "\(patience.metric.name) has not improved for \(patience.epochs) epochs"
  }
}
