import Foundation
import GraftDatasets
import GraftFiles
import GraftModels
import GraftTensor

/// The outputs of frozen stages, computed once for each picture and kept on disk, shared by all trainings and processes that
/// freeze the same weights.
///
/// There is one row for each picture, under its own digest and of all else that its numbers depend on: the
/// architecture, the frozen weights, the preprocessing, the algorithm, the processor and the library. So another seed, another split or
/// one more picture computes only what is new. Features are computed in batches of one fixed size, the last one padded with zeros, because the
/// bits of Winograd's convolutions depend on the size of a batch (but not on the other pictures in it).
///
/// The rows lie in `features.mdb`, a file of LMDB, which can be removed at any time when no program uses it. It belongs to
/// one machine: a folder that several machines share over a network is refused. A program that is killed loses the
/// rows of the last few seconds at most.
public struct FeatureStore: Sendable {
  /// Where the file lies.
  public let folder: URL
  /// How many bytes the rows may take together; those that were used least recently make room. Rows that are in use stay, so that
  /// a training whose own features are larger than the limit has them for as long as it runs. The file is a little larger
  /// than its rows and does not shrink: the space of rows that are gone is used by the next ones.
  public let limit: Int
  /// float32, with which a training gives the very numbers that it would give without a store, or bfloat16, half as
  /// large.
  public let scalarType: ScalarType

  /// Uses a folder, which is made when it is first needed.
  ///
  /// - Parameters:
  ///   - folder: for nothing else.
  ///   - limit: in bytes, for all rows together; 16 GiB by default.
  ///   - scalarType: float32 or bfloat16.
  public init(folder: URL, limit: Int = 16 << 30, scalarType: ScalarType = .float32) {
    require(
      scalarType == .float32 || scalarType == .bfloat16,
      "Features are stored as float32 or bfloat16, not \(scalarType).")
    self.folder = folder
    self.limit = limit
    self.scalarType = scalarType
  }

  /// `~/.cache/graft/features`, float32, at most 16 GiB.
  public static var standard: FeatureStore {
    FeatureStore(
      folder: FileSystem.homeFolder.appendingPathComponent(".cache/graft/features"))
  }

  /// The features of every picture of a data set, in its order; those that are not stored are computed now.
  ///
  /// Computing starts after the last stage whose rows are stored as float32, and from the picture where there are none. Where
  /// another process is computing features of the same stage, they are waited for.
  ///
  /// - Parameters:
  ///   - dataset: the pictures.
  ///   - encoder: whose stages are run in inference.
  ///   - stage: the last one to run.
  ///   - kept: earlier stages whose outputs are stored as well when they are computed, as float32, so that an encoder which
  ///     differs in later stages alone can start from there.
  ///   - convolutionAlgorithm: how convolutions are computed.
  ///   - progress: told after each batch how many of the pictures are done; it may throw to stop.
  /// - Throws: ``FeatureStoreError``; `FileError`, when the disk is full for instance; whatever reading the pictures throws,
  ///   and `progress`. Rows that were computed before are stored.
  public func features(
    of dataset: Dataset, by encoder: any ImageEncoder, through stage: EncoderStage.Name,
    keeping kept: [EncoderStage.Name] = [], convolutionAlgorithm: ConvolutionAlgorithm = .winograd,
    progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> StoredFeatures {
    var computation = try FeatureComputation(
      PictureSource(dataset), encoder, through: stage, keeping: kept, convolutionAlgorithm, store: self)
    return try computation.run(progress)
  }
}
