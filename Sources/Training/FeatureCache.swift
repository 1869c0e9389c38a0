import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

/// The outputs of frozen stages, computed once for each picture and kept on disk, shared by every training that freezes
/// the same weights.
///
/// A file's name is a digest of all that its numbers depend on: the architecture, the frozen weights, the preprocessing,
/// the pictures, the algorithm, the processor and the library. Features are computed in batches of one fixed size, the last one padded
/// with zeros, because the bits of Winograd's convolutions depend on the size of a batch.
public struct FeatureCache: Sendable {
  /// Where the files lie.
  public let folder: URL
  /// How many bytes the files may take together; those that were used least recently make room. A file that is in use stays,
  /// so that a training whose own features are larger than the limit has them for as long as it runs.
  public let limit: Int
  /// float32, with which a training gives the very numbers that it would give without a cache, or bfloat16, half as
  /// large.
  public let scalarType: ScalarType
  /// How convolutions are computed.
  public let algorithm: ConvolutionAlgorithm
  /// How many pictures are computed at a time.
  static let batchSize = 4

  /// Uses a folder, which is made when it is first needed.
  ///
  /// - Parameters:
  ///   - folder: for nothing else.
  ///   - limit: in bytes, for all files together; 16 GiB by default.
  ///   - scalarType: float32 or bfloat16.
  ///   - algorithm: how convolutions are computed.
  public init(
    in folder: URL, limit: Int = 16 << 30, scalarType: ScalarType = .float32,
    algorithm: ConvolutionAlgorithm = .winograd
  ) {
    require(
      scalarType == .float32 || scalarType == .bfloat16,
      "Features are kept as float32 or bfloat16, not \(scalarType).")
    self.folder = folder
    self.limit = limit
    self.scalarType = scalarType
    self.algorithm = algorithm
  }

  /// `~/.cache/graft/features`, float32, at most 16 GiB.
  public static var standard: FeatureCache {
    FeatureCache(
      in: FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/graft/features"))
  }

  /// The features of every picture of a data set, in its order; computed now unless a file has them.
  ///
  /// Being stopped in the middle loses at most the last few seconds of work. Where another process is computing the same
  /// features, they are waited for. As long as the result is held, no process makes room by removing its file.
  ///
  /// - Parameters:
  ///   - dataset: the pictures.
  ///   - encoder: whose stages are run in inference.
  ///   - stage: the last one to run.
  ///   - progress: told after each batch how many of the pictures are done; it may throw to stop.
  public func features(
    of dataset: any PictureDataset, by encoder: any ImageEncoder, through stage: Stage.Name,
    progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> CachedFeatures {
    let key = try key(of: dataset, by: encoder, through: stage)
    let file = folder.appendingPathComponent("\(key).features")
    var isNew = false
    while true {
      // Another process may have made room by this very file since it was computed or seen: then it is computed again.
      if let found = try CachedFeatures(ifThere: file, count: dataset.count, scalarType: scalarType) {
        if isNew { try FeatureFolder(folder).makeRoom(limit: limit) }
        return found
      }
      do {
        try compute(dataset, by: encoder, through: stage, into: file, progress: progress)
        isNew = true
      } catch let other as FeaturesInProgress {
        try progress(min(other.completedRows, dataset.count), dataset.count)
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }

  private func key(
    of dataset: any PictureDataset, by encoder: any ImageEncoder, through stage: Stage.Name
  ) throws -> String {
    let environment = ComputeEnvironment.current
    var digest = SHA256()
    digest.update(
      """
      rows with checksums, folded \(encoder.architecture.identity) \(encoder.digest(through: stage)) \(stage) \(encoder.preprocessing.identity) \
      \(scalarType.rawValue) \
      \(algorithm.rawValue) \(Self.batchSize) \(environment.processor) \(environment.instructionSet) \
      \(environment.library) \(environment.threadCount)

      """)
    for index in 0..<dataset.count { digest.update(try dataset.pictureDigest(at: index)) }
    return String(digest.finalize().prefix(32))
  }

  private func compute(
    _ dataset: any PictureDataset, by encoder: any ImageEncoder, through stage: Stage.Name, into file: URL,
    progress: (Int, Int) throws -> Void
  ) throws {
    var context = Context.inference
    context.convolutionAlgorithm = algorithm
    let writer = try FeatureWriter(file: file, scalarType: scalarType)
    let remaining = stride(from: writer.completedRows, to: dataset.count, by: Self.batchSize).map { first in
      Array(first..<min(first + Self.batchSize, dataset.count))
    }
    let preprocessing = encoder.preprocessing
    let inputs = Prefetcher(remaining) { indices in
      let tensor = preprocessing.tensor(of: try indices.map(dataset.picture(at:)))
      let missing = (before: 0, after: Self.batchSize - indices.count)
      let padding = [missing] + [(before: Int, after: Int)](repeating: (0, 0), count: 3)
      return (count: indices.count, tensor: missing.after == 0 ? tensor : tensor.padded(padding))
    }
    while let (count, input) = try inputs.next() {
      let features = ComputeThread.run {
        encoder.features(of: input, from: nil, through: stage, context).rowMajor.converted(to: scalarType)
      }
      try writer.append(features, rows: count)
      try progress(writer.completedRows, dataset.count)
    }
    try writer.finish()
    // The frozen stages have done their part: their kernels are not needed twice in memory any more.
    encoder.releaseInferenceForms()
    releaseUnusedMemory()
  }
}

extension ImageEncoder {
  /// A digest of the weights of the stages up to and including one.
  public func digest(through stage: Stage.Name) -> String {
    let used = stages.prefix(index(of: stage) + 1).map { $0.name + "." }
    return weightsDigest(of: state.filter { entry in used.contains { entry.key.hasPrefix($0) } })
  }
}
