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

/// A part of a batch that is computed at a time.
struct Slice: Sendable {
  let indices: [Int]
  let batch: Int
  let batchSize: Int
  let number: Int
  let isLast: Bool

  /// As few slices of at most `size` samples as there can be, as even as they can be: a slice of one sample would move the
  /// statistics of batch normalisations as much as one of many, and has no variance.
  static func slices(of indices: [Int], batch: Int, size: Int) -> [Slice] {
    let count = (indices.count + size - 1) / size
    if count == 0 { return [] }
    let (least, larger) = indices.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    return (0..<count).map { number in
      let end = start + least + (number < larger ? 1 : 0)
      defer { start = end }
      return Slice(
        indices: Array(indices[start..<end]), batch: batch, batchSize: indices.count, number: number,
        isLast: number == count - 1)
    }
  }
}
