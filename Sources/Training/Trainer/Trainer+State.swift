import GraftTensor

extension Trainer {
  /// How far a training has come, without the weights.
  public struct State: Codable, Sendable, Equatable {
    /// The epochs that are done.
    public internal(set) var history = History()
    /// The phase that has begun, from 0; 0 without phases.
    public private(set) var phase = 0
    /// The next batch of the epoch that has begun, from 0.
    public internal(set) var batch = 0
    /// Over the batches of that epoch, each loss times its samples.
    var lossSum = 0.0
    var sampleCount = 0
    /// Spent on training and validation so far.
    var seconds = 0.0
    private var secondsBeforeEpoch = 0.0
    private var secondsBeforePhase = 0.0
    private var epochsBeforePhase = 0

    /// The epochs of the phase that has begun.
    var historyOfPhase: History {
      var own = History()
      own.epochs = Array(history.epochs.dropFirst(epochsBeforePhase))
      return own
    }

    var secondsOfPhase: Double { seconds - secondsBeforePhase }
    var secondsOfEpoch: Double { seconds - secondsBeforeEpoch }

    /// Whether there can be such a state: a file may hold any numbers.
    var isPossible: Bool {
      phase >= 0 && batch >= 0 && sampleCount >= 0 && (0...history.epochs.count).contains(epochsBeforePhase)
    }

    mutating func beginNextEpoch(after epoch: History.Epoch) {
      history.epochs.append(epoch)
      (batch, lossSum, sampleCount, secondsBeforeEpoch) = (0, 0, 0, seconds)
    }

    mutating func beginNextPhase() {
      phase += 1
      (epochsBeforePhase, secondsBeforePhase) = (history.epochs.count, seconds)
    }
  }
}
