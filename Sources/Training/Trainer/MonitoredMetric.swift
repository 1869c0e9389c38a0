import GraftMetrics

/// A number that a training has after each epoch, by which it chooses weights, ends, or changes its rate: a metric, or the
/// loss, on one part of the data.
///
/// ```swift
/// let rule = StoppingRule.noImprovement(of: .validationLoss, for: 20)
/// let best = history.best(.validation(.accuracy))
/// ```
public struct MonitoredMetric: Hashable, Sendable, Codable {
  /// Which part of the data is measured.
  public enum Part: String, Hashable, Sendable, Codable {
    case training, validation
  }

  /// Which part of the data is measured.
  public let part: Part
  /// The metric's name; nil for the loss.
  public let metricName: String?
  /// Which way it is better.
  public let direction: MetricDirection

  /// The mean loss over the validation part, penalties included.
  public static let validationLoss = MonitoredMetric(
    part: .validation, metricName: nil, direction: .lower)

  /// The mean over the training samples of the loss that each batch had before its step, penalties included.
  public static let trainingLoss = MonitoredMetric(part: .training, metricName: nil, direction: .lower)

  /// A metric on the validation part.
  public static func validation(_ metric: some Metric) -> MonitoredMetric {
    MonitoredMetric(part: .validation, metricName: metric.name, direction: metric.direction)
  }

  /// A metric on the training part, for trainers that measure it.
  public static func training(_ metric: some Metric) -> MonitoredMetric {
    MonitoredMetric(part: .training, metricName: metric.name, direction: metric.direction)
  }

  /// As in logs and files: `validationLoss`, `validationAccuracy`, `trainingAccuracy`.
  public var name: String { Self.name(metricName ?? "loss", on: part) }

  static func name(_ metric: String, on part: Part) -> String {
    part.rawValue + metric.prefix(1).uppercased() + metric.dropFirst()
  }

  /// Whether a value is strictly better than the best so far; what is not a number never is.
  public func isBetter(_ value: Double, than best: Double?) -> Bool {
    guard !value.isNaN else { return false }
    guard let best else { return true }
    return direction == .higher ? value > best : value < best
  }
}
