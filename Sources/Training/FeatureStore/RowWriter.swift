import GraftTensor

/// Collects rows that are computed and stores many of them at a time, as each time waits for the disk.
struct RowWriter {
  /// The longest that a row waits: what a kill can cost.
  private static let longestWait = Duration.seconds(3)
  private static let largestByteCount = 16 << 20

  private let table: FeatureTable
  private let hold: RowHold
  private let limit: Int
  private var rows: [NewRow] = []
  private var byteCount = 0
  private var lastFlush = ContinuousClock.now

  /// - Parameter table: whose rows are held; those of other tables may make room at once.
  init(of table: FeatureTable, _ hold: RowHold, limit: Int) {
    self.table = table
    self.hold = hold
    self.limit = limit
  }

  /// Takes rows.
  ///
  /// - Parameter features: N,H,W,C in row-major order, of which the first belong to `pictures`.
  /// - Returns: the rows of the table that are on the disk now.
  mutating func append(
    _ features: Tensor, of pictures: [PictureKey], in table: FeatureTable
  ) throws -> [(PictureKey, StoredRow)] {
    for (position, picture) in pictures.enumerated() {
      rows.append(NewRow(picture: picture, table: table, features: features, position: position))
    }
    byteCount += features.scalarCount * features.scalarType.byteCount
    let isDue = byteCount >= Self.largestByteCount || ContinuousClock.now - lastFlush > Self.longestWait
    return isDue ? try flush() : []
  }

  /// Stores what is left, and makes room for it.
  mutating func flush() throws -> [(PictureKey, StoredRow)] {
    lastFlush = .now
    if rows.isEmpty { return [] }
    let table = table
    let stored = try hold.database.store(rows, holding: hold) { $0.table.key == table.key }
    let written = zip(rows, stored).filter { $0.0.table.key == table.key }.map { ($0.0.picture, $0.1) }
    (rows, byteCount) = ([], 0)
    try hold.database.makeRoom(limit: limit)
    try hold.database.environment.releaseMappedPages()
    return written
  }
}
