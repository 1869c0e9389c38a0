import Foundation
import GraftModels
import GraftTensor

/// The features of the pictures of a data set, read from disk row by row.
///
/// Rows are copied from the file, not mapped: mapped pages count as the program's memory, and here they would be most of it.
/// As long as this value is held, no process removes its rows.
public struct StoredFeatures: Sendable {
  /// Height, width and channels for one picture.
  public let shape: Tensor.Shape
  /// How many bytes the rows take, each counted once.
  public let byteCount: Int
  /// How many pictures went through each stage to make what was not stored yet; without those in which nothing was computed.
  public let computedPictures: [EncoderStage.Name: Int]
  private let scalarType: ScalarType
  private let rows: [StoredRow]
  private let hold: RowHold
  private let identifier: @Sendable (Int) -> String

  init(
    _ rows: [StoredRow], shape: Tensor.Shape, scalarType: ScalarType,
    computedPictures: [EncoderStage.Name: Int],
    hold: RowHold, identifier: @escaping @Sendable (Int) -> String
  ) {
    self.rows = rows
    self.shape = shape
    self.scalarType = scalarType
    self.computedPictures = computedPictures
    self.hold = hold
    self.identifier = identifier
    byteCount = Set(rows.map(\.number)).count * shape.scalarCount * scalarType.byteCount
  }

  /// How many pictures there are.
  public var count: Int { rows.count }

  /// The features of some pictures: N,H,W,C, float32.
  ///
  /// - Throws: ``FeatureStoreError`` if what is read does not fit its checksum; `FileError` if it cannot be read.
  public func rows(_ indices: [Int]) throws -> Tensor {
    for index in indices {
      require(rows.indices.contains(index), "There is no picture \(index) among \(count).")
    }
    let features = try withExtendedLifetime(hold) {
      try hold.database.features(
        indices.map { rows[$0] }, shape: shape, scalarType: scalarType, name: { identifier(indices[$0]) })
    }
    return features.converted(to: .float32)
  }
}
