import GraftImages
import GraftTensor

/// A data set in batches, epoch after epoch.
///
/// A value: it holds no position and decodes nothing by itself. The order of an epoch depends on the seed and on the
/// number of the epoch alone, so that a training that was stopped goes on with the very batches that would have come.
///
/// ```swift
/// let batches = parts.training.batches(of: 200, shuffledBy: 7)
/// for epoch in 0..<20 {
///   let loaded = batches.prefetched(epoch: epoch, preprocessing: encoder.preprocessing)
///   while let batch = try loaded.next() { … }
/// }
/// ```
public struct Batches: Sendable {
  /// Where the samples come from.
  public let dataset: any PictureDataset
  /// How many samples a batch has; the last one has what is left.
  public let size: Int
  /// Shuffles each epoch anew; nil keeps the order of the data set.
  public let seed: UInt64?

  /// Creates batches.
  public init(of dataset: any PictureDataset, size: Int, shuffledBy seed: UInt64? = nil) {
    require(size > 0, "A batch has at least one sample, not \(size).")
    self.dataset = dataset
    self.size = size
    self.seed = seed
  }

  /// How many batches an epoch has.
  public var count: Int { (dataset.count + size - 1) / size }

  /// The samples of each batch of an epoch (from 0): every sample once.
  public func indices(epoch: Int) -> [[Int]] {
    let samples = Array(0..<dataset.count)
    let order = seed.map { RandomStream(seed: $0).child("shuffling", epoch).shuffled(samples) } ?? samples
    return stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
  }

  /// The batches of an epoch, decoded and preprocessed ahead of their use.
  ///
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - first: the batch to begin with, where an epoch was stopped in the middle.
  ///   - preprocessing: makes tensors of pictures.
  public func prefetched(
    epoch: Int, from first: Int = 0, preprocessing: Preprocessing
  ) -> Prefetcher<Batch> {
    Prefetcher(Array(indices(epoch: epoch).dropFirst(first))) { [dataset] indices in
      try dataset.batch(at: indices, preprocessing: preprocessing)
    }
  }
}

extension PictureDataset {
  /// This data set in batches; shuffled anew in each epoch if there is a seed.
  public func batches(of size: Int, shuffledBy seed: UInt64? = nil) -> Batches {
    Batches(of: self, size: size, shuffledBy: seed)
  }
}
