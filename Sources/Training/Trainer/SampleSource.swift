import GraftDatasets
import GraftImages
import GraftModels
import GraftTensor

/// Where a trainer gets the samples of a data set: from the features of frozen leading stages where they are cached, else
/// from the pictures.
struct SampleSource: Sendable {
  /// The stage after which the inputs are; nil if they are pictures.
  let stage: EncoderStage.Name?
  private let batches: Batches
  private let preprocessing: Preprocessing
  private let cached: (features: StoredFeatures, targets: Tensor)?

  /// Reads pictures anew in every epoch.
  init(_ batches: Batches, preprocessing: Preprocessing) {
    self.batches = batches
    self.preprocessing = preprocessing
    (stage, cached) = (nil, nil)
  }

  /// Reads cached features, with all targets in memory.
  init(
    _ batches: Batches, features: StoredFeatures, targets: Tensor, through stage: EncoderStage.Name,
    preprocessing: Preprocessing
  ) {
    self.batches = batches
    self.preprocessing = preprocessing
    self.stage = stage
    cached = (features, targets)
  }

  /// Looks at all targets of a data set, without keeping them.
  ///
  /// - Throws: `DatasetError` if one does not fit the network; whatever reading targets throws.
  static func checkTargets(of dataset: Dataset, _ check: TargetCheck) throws {
    let checked = Prefetcher(dataset.batches(of: 32).indices(epoch: 0)) { indices in
      for index in indices { try check.check(dataset[index].target.value, at: index, of: dataset) }
    }
    while try checked.next() != nil {}
  }

  /// All targets of a data set, N,…: masks are small and decoded once. Several threads share that work.
  ///
  /// - Throws: `DatasetError` if a target is not as large as the others, or does not fit the network; whatever reading
  ///   targets throws.
  static func targets(of dataset: Dataset, _ check: TargetCheck) throws -> Tensor {
    let decoded = Prefetcher(dataset.batches(of: 32).indices(epoch: 0)) { indices in
      try indices.map { index in
        let target = try dataset[index].target.value.rowMajor
        try check.check(target, at: index, of: dataset)
        return target
      }
    }
    guard var part = try decoded.next(), let first = part.first else { return try dataset.targets(at: []) }
    let (shape, scalarType) = (first.shape, first.scalarType)
    return try Tensor(shape: Tensor.Shape([dataset.count] + shape), scalarType: scalarType) { bytes in
      let size = bytes.count / dataset.count
      var index = 0
      while true {
        for target in part {
          // The buffer was sized by the first: one that is larger would be written beyond its end.
          guard target.shape == shape, target.scalarType == scalarType else {
            throw DatasetError(
              dataset.name,
              "the target of \(dataset[index].identifier) is \(target.scalarType) of shape \(target.shape), and that "
                + "of \(dataset[0].identifier) is \(scalarType) of shape \(shape)",
              remedy: "Bring all targets of a data set to one shape, as its reader's mask size does.")
          }
          target.withUnsafeBytes { own in
            UnsafeMutableRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
              .copyMemory(from: own)
          }
          index += 1
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
