/// The epochs of a training, with what was measured in each.
public struct History: Sendable, Codable, Equatable {
  /// One epoch.
  public struct Epoch: Sendable, Codable, Equatable {
    /// From 1; 0 before the first step.
    public let number: Int
    /// The name of the phase that it belongs to; nil in a training without phases, and before the first step.
    public internal(set) var phase: String?
    /// The optimizer's learning rate in this epoch; parameter groups scale it.
    public let learningRate: Float
    /// The mean over the samples of the loss that each batch had before its step, penalties included; before the first step that
    /// of the training part, if it was measured, else not a number.
    public let trainingLoss: Double
    /// The values of metrics, by the names of ``MonitoredMetric/name``, without what is not defined.
    public let metrics: [String: Double]
    /// How long it took, validation included.
    public let seconds: Double

    /// The value of a metric; nil if it was not measured, or is not defined.
    public subscript(metric: MonitoredMetric) -> Double? {
      metric == .trainingLoss ? trainingLoss : metrics[metric.name]
    }
  }

  /// The network before the first step, where that was asked for.
  public internal(set) var start: Epoch?
  /// In order.
  public internal(set) var epochs: [Epoch] = []

  /// The epochs of one phase; none if there is no such phase.
  public func phase(_ name: String) -> History {
    var own = History()
    own.epochs = epochs.filter { $0.phase == name }
    return own
  }

  /// The first epoch with the best value of a metric; nil before there is one.
  public func best(_ metric: MonitoredMetric) -> Epoch? {
    var best: Epoch?
    for epoch in epochs {
      guard let value = epoch[metric] else { continue }
      if metric.isBetter(value, than: best?[metric]) { best = epoch }
    }
    return best
  }
}
