import GraftDatasets
import GraftImages
import GraftModels
import GraftTensor

/// Where a trainer gets the samples of a data set: from the feature cache where leading stages are frozen, else from
/// the pictures, always where they are augmented.
struct SampleSource: Sendable {
  /// The stage after which the inputs are; nil if they are pictures.
  let stage: Stage.Name?
  private let batches: Batches
  private let preprocessing: Preprocessing
  private let cached: (features: CachedFeatures, targets: Tensor)?

  init(
    _ batches: Batches, for network: any GraftedNetwork, cache: FeatureCache,
    progress: (Int, Int) throws -> Void
  ) throws {
    self.batches = batches
    let dataset = batches.dataset
    preprocessing = network.encoder.preprocessing
    // What looks different in every epoch cannot be computed once.
    stage = batches.augmentation == nil ? network.lastCacheableStage?.name : nil
    cached = try stage.map { stage in
      let features = try cache.features(of: dataset, by: network.encoder, through: stage, progress: progress)
      return (features, try Self.targets(of: dataset))
    }
  }

  /// Masks are small and decoded once, too; several threads share that work.
  private static func targets(of dataset: any PictureDataset) throws -> Tensor {
    let decoded = Prefetcher(dataset.batches(of: 32).indices(epoch: 0)) { try dataset.targets(at: $0) }
    guard var part = try decoded.next() else { return try dataset.targets(at: []) }
    let shape = Tensor.Shape([dataset.count] + part.shape.dropFirst())
    return try Tensor(shape: shape, scalarType: part.scalarType) { bytes in
      var start = 0
      while true {
        part.withUnsafeBytes { own in
          UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).copyMemory(from: own)
          start += own.count
        }
        guard let next = try decoded.next() else { return }
        part = next
      }
    }
  }

  func batch(at indices: [Int], epoch: Int) throws -> Batch {
    guard let cached else {
      return try batches.batch(at: indices, epoch: epoch, preprocessing: preprocessing)
    }
    return Batch(
      indices: indices, inputs: try cached.features.rows(indices), targets: cached.targets.rows(indices))
  }
}
