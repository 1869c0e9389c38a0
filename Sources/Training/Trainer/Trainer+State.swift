import GraftTensor

extension Trainer {
  /// How far a training has come, without the weights.
  public struct State: Codable, Sendable, Equatable {
    /// The epochs that are done.
    public internal(set) var history = History()
    /// The next batch of the epoch that has begun, from 0.
    public internal(set) var batch = 0
    /// Over the batches of that epoch, each loss times its samples.
    var lossSum = 0.0
    var sampleCount = 0
    /// Spent on training and validation so far, and before the epoch that has begun.
    var seconds = 0.0
    var secondsBefore = 0.0

    mutating func beginNextEpoch(after epoch: History.Epoch) {
      history.epochs.append(epoch)
      (batch, lossSum, sampleCount, secondsBefore) = (0, 0, 0, seconds)
    }
  }
}
