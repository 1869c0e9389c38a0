/// When a training ends.
public struct StoppingRule: Sendable, Codable, Equatable {
  /// Each ends after so many epochs in a row without a strictly better value of its metric.
  public var patiences: [Patience] = []
  /// Ends after so many epochs.
  public var epochs: Int?
  /// Ends after so many seconds of training, resumed ones counted together.
  public var seconds: Double?

  /// How long a metric may fail to improve.
  public struct Patience: Sendable, Codable, Equatable {
    /// The metric that should improve.
    public let metric: MonitoredMetric
    /// The number of epochs in a row without a better value.
    public let epochs: Int
  }

  /// Ends after so many epochs in a row without a strictly better value.
  public static func noImprovement(of metric: MonitoredMetric, for epochs: Int) -> StoppingRule {
    StoppingRule(patiences: [Patience(metric: metric, epochs: epochs)])
  }

  /// Ends after so many epochs.
  public static func epochs(_ count: Int) -> StoppingRule { StoppingRule(epochs: count) }

  /// Ends where either rule does.
  public func or(_ other: StoppingRule) -> StoppingRule {
    StoppingRule(
      patiences: patiences + other.patiences, epochs: [epochs, other.epochs].compactMap(\.self).min(),
      seconds: [seconds, other.seconds].compactMap(\.self).min())
  }

  /// Why a training, or a phase, with this history is over; nil while it goes on.
  func reason(history: History, seconds elapsed: Double) -> String? {
    if let epochs, history.epochs.count >= epochs {
      return "\(epochs == 1 ? "1 epoch is" : "\(epochs) epochs are") done"
    }
    if let seconds, elapsed >= seconds { return "the time of \(Int(seconds)) s is used up" }
    guard let first = history.epochs.first, let last = history.epochs.last else { return nil }
    let exhausted = patiences.first { patience in
      // The epoch before the first stands for none that has had a value to compare.
      last.number - (history.best(patience.metric)?.number ?? first.number - 1) >= patience.epochs
    }
    return exhausted.map { "\($0.metric.name) has not improved for \($0.epochs) epochs" }
  }
}

extension StoppingRule: CustomStringConvertible {
  /// For instance `3 epochs without a better validationLoss or 50 epochs`.
  public var description: String {
    func text(_ epochs: Int) -> String { epochs == 1 ? "1 epoch" : "\(epochs) epochs" }
    let limits = [epochs.map(text), seconds.map { "\(Int($0)) s" }].compactMap(\.self)
    let all = patiences.map { "\(text($0.epochs)) without a better \($0.metric.name)" } + limits
    return all.isEmpty ? "never" : all.joined(separator: " or ")
  }
}
