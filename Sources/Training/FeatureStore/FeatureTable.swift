import Foundation
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

/// Everything that the numbers in a row depend on besides its picture: rows of equal tables are exchangeable to the bit.
struct FeatureTable: Sendable {
  /// All of it, as it is digested.
  private struct Identity: Encodable {
    /// The version of the way in which features are computed and stored; another number makes all rows anew.
    var version = 1
    let architecture: String
    /// The digest of the stages up to this one alone, so that encoders which differ later share their rows.
    let weights: String
    let preprocessing: Preprocessing
    let stage: EncoderStage.Name
    let scalarType: ScalarType
    let algorithm: ConvolutionAlgorithm
    let batchSize: Int
    let environment: ComputeEnvironment
  }

  let stage: EncoderStage.Name
  let scalarType: ScalarType
  /// 16 bytes.
  let key: [UInt8]

  init(
    of encoder: any ImageEncoder, through stage: EncoderStage.Name, scalarType: ScalarType,
    _ algorithm: ConvolutionAlgorithm
  ) throws {
    self.stage = stage
    self.scalarType = scalarType
    let identity = Identity(
      architecture: encoder.architecture.identity, weights: encoder.digest(through: stage),
      preprocessing: encoder.preprocessing, stage: stage, scalarType: scalarType, algorithm: algorithm,
      batchSize: FeatureComputation.batchSize, environment: .current)
    let encoded = JSONEncoder()
    encoded.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    key = String(decoding: try encoded.encode(identity), as: UTF8.self).shortDigest
  }

  /// The key of a picture's row in this table.
  func rowKey(of picture: PictureKey) -> RowKey { RowKey(bytes: key + picture.bytes) }
}

/// A picture, by its digest: see `Content`.
struct PictureKey: Hashable, Sendable {
  /// 16 bytes.
  let bytes: [UInt8]

  /// - Parameter digest: a text that is equal for equal pictures and for no others.
  init(digest: String) { bytes = digest.shortDigest }
}

/// A row, wherever it lies: its table and its picture.
struct RowKey: Hashable, Sendable {
  let bytes: [UInt8]
}

/// Where a row lies, and what its bytes are checked by.
struct StoredRow: Hashable, Sendable {
  let number: UInt64
  let checksum: UInt32
}

extension String {
  /// The first half of the SHA-256 of the text, in bytes.
  fileprivate var shortDigest: [UInt8] {
    let digits = Array(SHA256.digest(of: self).utf8.prefix(32))
    return stride(from: 0, to: digits.count, by: 2).map { position in
      UInt8(String(decoding: digits[position..<position + 2], as: UTF8.self), radix: 16) ?? 0
    }
  }
}

extension ImageEncoder {
  /// A digest of the weights of the stages up to and including one.
  public func digest(through stage: EncoderStage.Name) -> String {
    let used = stages.prefix(index(of: stage) + 1).map { $0.name + "." }
    return weightsDigest(of: state.filter { entry in used.contains { entry.key.hasPrefix($0) } })
  }
}
