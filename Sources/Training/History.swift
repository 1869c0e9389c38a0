/// What happened in each epoch of a training.
public struct History: Sendable, Codable, Equatable {
  /// One epoch.
  public struct Epoch: Sendable, Codable, Equatable {
    /// From 1.
    public let number: Int
    /// The optimizer's learning rate in this epoch; parameter groups scale it.
    public let learningRate: Float
    /// The mean over the samples of the loss that each batch had before its step, penalties included.
    public let trainingLoss: Double
    /// By name: `validationLoss`, and what the loss' score gives.
    public let metrics: [String: Double]
    /// How long it took, validation included.
    public let seconds: Double
  }

  /// In order.
  public internal(set) var epochs: [Epoch] = []

  /// The first epoch with the best value of a metric; nil before there is one.
  public func best(_ metric: Metric) -> Epoch? {
    var best: Epoch?
    for epoch in epochs {
      guard let value = epoch.metrics[metric.name] else { continue }
      if metric.isBetter(value, than: best?.metrics[metric.name]) { best = epoch }
    }
    return best
  }
}
