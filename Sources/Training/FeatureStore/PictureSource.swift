import GraftDatasets
import GraftImages

/// The part of a data set that the feature store needs.
struct PictureSource: Sendable {
  /// How many pictures there are.
  let count: Int
  /// The name of a picture, for messages.
  let identifier: @Sendable (Int) -> String
  /// A text that no picture with other pixels has.
  let digest: @Sendable (Int) throws -> String
  /// A picture, decoded.
  let picture: @Sendable (Int) throws -> Picture

  init(_ dataset: Dataset) {
    count = dataset.count
    identifier = { dataset[$0].identifier }
    digest = { try dataset[$0].picture.digest }
    picture = { try dataset[$0].picture.value }
  }

  /// The key of every picture; several threads share that work.
  func keys() throws -> [PictureKey] {
    let groups = stride(from: 0, to: count, by: 32).map { $0..<min($0 + 32, count) }
    let digest = digest
    let digested = Prefetcher(groups) { group in try group.map { PictureKey(digest: try digest($0)) } }
    var keys: [PictureKey] = []
    while let group = try digested.next() { keys += group }
    return keys
  }
}
