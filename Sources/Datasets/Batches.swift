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
///
/// Samples can also be drawn with replacement, some more often than others, as where a class is rare:
///
/// ```swift
/// let batches = faces.batches(of: 200, drawnBy: try faces.balancingWeights(), seed: 7)
/// ```
public struct Batches: Sendable {
  /// Where the samples come from.
  public let dataset: Dataset
  /// How many samples a batch has; the last one has what is left.
  public let size: Int
  /// Shuffles or draws each epoch anew; nil keeps the order of the data set.
  public let seed: UInt64?
  /// How often each sample is drawn, in proportion; nil if an epoch has every sample once.
  public let weights: [Double]?
  /// Changes pictures and masks at random as they are loaded; none by default.
  public private(set) var augmentation: Augmentation?

  /// Creates batches.
  public init(of dataset: Dataset, size: Int, shuffledBy seed: UInt64? = nil) {
    require(size > 0, "A batch has at least one sample, not \(size).")
    self.dataset = dataset
    self.size = size
    self.seed = seed
    weights = nil
  }

  /// Creates batches whose samples are drawn with replacement; an epoch has as many as the data set (PyTorch's
  /// `WeightedRandomSampler`).
  ///
  /// - Parameters:
  ///   - dataset: where the samples come from.
  ///   - size: how many samples a batch has.
  ///   - weights: one for each sample, 0 or more: how often it is drawn, in proportion.
  ///   - seed: with the number of the epoch it fixes what is drawn.
  public init(of dataset: Dataset, size: Int, drawnBy weights: [Double], seed: UInt64) {
    require(size > 0, "A batch has at least one sample, not \(size).")
    require(
      weights.count == dataset.count,
      "The \(dataset.count) samples of \(dataset.name) are drawn by as many weights, not by \(weights.count)."
    )
    require(
      weights.allSatisfy { $0 >= 0 } && weights.reduce(0, +).isFinite
        && (weights.isEmpty || weights.contains { $0 > 0 }),
      "The weights by which \(dataset.name) is drawn are 0 or more, not all 0, and of a finite sum.")
    self.dataset = dataset
    self.size = size
    self.seed = seed
    self.weights = weights
  }

  /// The same batches with each picture, and its mask, changed at random: in every epoch anew, but always alike for one
  /// seed, epoch and sample.
  public func augmented(by augmentation: Augmentation) -> Batches {
    var batches = self
    batches.augmentation = augmentation
    return batches
  }

  /// How many batches an epoch has.
  public var count: Int { (dataset.count + size - 1) / size }

  /// The samples of each batch of an epoch (from 0): every sample once, unless they are drawn by weights.
  public func indices(epoch: Int) -> [[Int]] {
    let samples = Array(0..<dataset.count)
    let order =
      seed.map { seed in
        if let weights { return RandomStream(seed: seed).child("drawing", epoch).drawn(weights) }
        return RandomStream(seed: seed).child("shuffling", epoch).shuffled(samples)
      } ?? samples
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
    Prefetcher(Array(indices(epoch: epoch).dropFirst(first))) { [self] indices in
      try batch(at: indices, epoch: epoch, preprocessing: preprocessing)
    }
  }

  /// Some samples as they are in an epoch, decoded, augmented and preprocessed.
  public func batch(at indices: [Int], epoch: Int, preprocessing: Preprocessing) throws -> Batch {
    guard let augmentation else { return try dataset.batch(at: indices, preprocessing: preprocessing) }
    let random = RandomStream(seed: seed ?? 0)
    let samples = try indices.map { index in
      let view = augmentation.view(random: random.child("augmentation", epoch, index))
      let content = try dataset[index].decoded()
      return (
        index: index, picture: view.applied(to: content.picture),
        target: view.applied(toTarget: content.target)
      )
    }
    return try Batch(
      indices: indices, inputs: preprocessing.tensor(of: samples.map(\.picture)),
      targets: dataset.stacked(samples.map { ($0.index, $0.target) }))
  }
}

extension Dataset {
  /// This data set in batches; shuffled anew in each epoch if there is a seed.
  public func batches(of size: Int, shuffledBy seed: UInt64? = nil) -> Batches {
    Batches(of: self, size: size, shuffledBy: seed)
  }

  /// This data set in batches whose samples are drawn with replacement, in proportion to the weights of the samples.
  public func batches(of size: Int, drawnBy weights: [Double], seed: UInt64) -> Batches {
    Batches(of: self, size: size, drawnBy: weights, seed: seed)
  }
}
