import Foundation
import GraftMetrics
import GraftTensor

/// The learning rate of each epoch, as a function of the optimizer's own rate and of the epochs so far: a training that is
/// resumed has the rates that would have come.
///
/// ```swift
/// let trainer = Trainer(
///   classifier, loss: .softmaxCrossEntropy, optimizer: SGD(.pyTorch, learningRate: 0.1, momentum: 0.9),
///   schedule: .cosine(epochs: 90, warmUp: 5))
/// ```
public struct LearningRateSchedule: Sendable, Codable, Hashable {
  private enum Rule: Codable, Hashable {
    case constant
    case step(every: Int, factor: Float)
    case cosine(epochs: Int, minimum: Float, warmUp: Int)
    case plateau(metric: MonitoredMetric, patience: Int, factor: Float, minimum: Float)
  }

  private let rule: Rule

  /// The optimizer's rate in every epoch.
  public static let constant = LearningRateSchedule(rule: .constant)

  /// The rate times `factor` after every so many epochs: rate · factor^⌊e / epochs⌋ in epoch e from 0 (PyTorch's
  /// `StepLR`).
  public static func step(every epochs: Int, factor: Float = 0.1) -> LearningRateSchedule {
    require(epochs > 0, "A rate falls after every 1 or more epochs, not \(epochs).")
    require(factor > 0, "A rate is multiplied by a factor above 0, not \(factor).")
    return LearningRateSchedule(rule: .step(every: epochs, factor: factor))
  }

  /// Half a cosine from the rate down to a minimum (Loshchilov and Hutter, "SGDR", 2017, without restarts; PyTorch's
  /// `CosineAnnealingLR`), after a linear warm-up (Goyal et al., 2017).
  ///
  /// In epoch e from 0, with w epochs of warm-up: rate · (e + 1) / (w + 1) while e < w; then
  /// minimum + (rate − minimum) · (1 + cos(π (e − w) / (epochs − w))) / 2; the minimum from epoch `epochs` on.
  ///
  /// - Parameters:
  ///   - epochs: how many epochs it takes, those of the warm-up included.
  ///   - minimum: the rate at the end.
  ///   - warmUp: how many epochs the rate rises.
  public static func cosine(epochs: Int, minimum: Float = 0, warmUp: Int = 0) -> LearningRateSchedule {
    require(
      warmUp >= 0 && epochs > warmUp,
      "A cosine of \(epochs) epochs in all has no room for \(warmUp) epochs of warm-up.")
    require(minimum >= 0, "The smallest rate is 0 or more, not \(minimum).")
    return LearningRateSchedule(rule: .cosine(epochs: epochs, minimum: minimum, warmUp: warmUp))
  }

  /// The rate times `factor` after so many epochs in a row without a strictly better value of a metric, and so again
  /// (Keras' `ReduceLROnPlateau` with `min_delta` and `cooldown` 0; PyTorch's waits one epoch more).
  ///
  /// - Parameters:
  ///   - metric: which number, and which way it is better.
  ///   - patience: how many epochs.
  ///   - factor: what the rate is multiplied by.
  ///   - minimum: no reduction goes below.
  public static func reduceOnPlateau(
    of metric: MonitoredMetric, patience: Int, factor: Float = 0.1, minimum: Float = 0
  ) -> LearningRateSchedule {
    require(patience > 0, "A plateau has 1 or more epochs, not \(patience).")
    require(0 < factor && factor < 1, "A rate is reduced by a factor between 0 and 1, not \(factor).")
    require(minimum >= 0, "The smallest rate is 0 or more, not \(minimum).")
    return LearningRateSchedule(
      rule: .plateau(metric: metric, patience: patience, factor: factor, minimum: minimum))
  }

  /// The metric that it watches, if it watches one.
  var metric: MonitoredMetric? {
    switch rule {
    case .plateau(let metric, _, _, _): metric
    case .constant, .step, .cosine: nil
    }
  }

  /// The rate of the epoch that follows a history.
  ///
  /// - Parameters:
  ///   - rate: the optimizer's own.
  ///   - history: the epochs so far.
  public func learningRate(from rate: Float, after history: History) -> Float {
    let epoch = history.epochs.count
    switch rule {
    case .constant: return rate
    case .step(let every, let factor):
      return (0..<(epoch / every)).reduce(rate) { rate, _ in rate * factor }
    case .cosine(let epochs, let minimum, let warmUp):
      if epoch < warmUp { return rate * Float(epoch + 1) / Float(warmUp + 1) }
      if epoch >= epochs { return minimum }
      let share = Double(epoch - warmUp) / Double(epochs - warmUp)
      return minimum + (rate - minimum) * Float((1 + cos(Double.pi * share)) / 2)
    case .plateau(let metric, let patience, let factor, let minimum):
      return Self.reduced(rate, after: history, metric, patience, factor, minimum)
    }
  }

  private static func reduced(
    _ rate: Float, after history: History, _ metric: MonitoredMetric, _ patience: Int, _ factor: Float,
    _ minimum: Float
  ) -> Float {
    var (rate, waited, best) = (rate, 0, Double?.none)
    for epoch in history.epochs {
      guard let value = epoch[metric] else {
        misused(
          "The schedule watches \(metric.name), and the epochs have \(epoch.metrics.keys.sorted()) only.")
      }
      if metric.isBetter(value, than: best) {
        (best, waited) = (value, 0)
        continue
      }
      waited += 1
      guard waited >= patience else { continue }
      // A rate that begins below the minimum is not raised.
      rate = min(rate, max(rate * factor, minimum))
      waited = 0
    }
    return rate
  }
}

extension LearningRateSchedule: CustomStringConvertible {
  /// For instance `cosine over 90 epochs to 0.0, 5 of them warming up`.
  public var description: String {
    switch rule {
    case .constant: "constant"
    case .step(let every, let factor): "× \(factor) after every \(every) epochs"
    case .cosine(let epochs, let minimum, let warmUp):
      "cosine over \(epochs) epochs to \(minimum), \(warmUp) of them warming up"
    case .plateau(let metric, let patience, let factor, let minimum):
      "× \(factor) after \(patience) epochs without a \(metric.direction.rawValue) \(metric.name), to \(minimum) at least"
    }
  }
}
