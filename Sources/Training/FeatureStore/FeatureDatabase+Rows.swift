import Foundation
import GraftFiles
import GraftTensor

/// A row that is to be stored.
struct NewRow {
  let picture: PictureKey
  let table: FeatureTable
  /// N,H,W,C in row-major order, of the table's scalar type.
  let features: Tensor
  /// Which of the N.
  let position: Int

  var key: RowKey { table.rowKey(of: picture) }
}

extension FeatureDatabase {
  // MARK: Finding

  /// The rows that are there, held from now on and noted as used.
  func find(_ keys: [RowKey], holding hold: RowHold) throws -> [RowKey: StoredRow] {
    let there = try environment.read { try find(keys, in: $0) }
    if there.isEmpty || environment.isReadOnly { return there }
    return try environment.write { transaction in
      let found = try find(Array(there.keys), in: transaction)
      let now = Self.now
      for row in found.values { try transaction.put([now], under: rowBytes(row.number), in: tables.uses) }
      try hold.hold(Array(found.values), in: transaction)
      return found
    }
  }

  private func find(_ keys: [RowKey], in transaction: LMDBTransaction) throws -> [RowKey: StoredRow] {
    var found: [RowKey: StoredRow] = [:]
    for key in keys {
      if let row = try row(under: key, in: transaction) { found[key] = row }
    }
    return found
  }

  private func row(under key: RowKey, in transaction: LMDBTransaction) throws -> StoredRow? {
    guard let entry = try transaction.integers(key.bytes, in: tables.index) else { return nil }
    guard entry.count == 3 else {
      throw FeatureStoreError.damaged(environment.file, "an entry of its index is no entry")
    }
    return StoredRow(number: entry[0], checksum: UInt32(truncatingIfNeeded: entry[2]))
  }

  /// Height, width and channels of the rows of a table; nil if it has none.
  func shape(of table: FeatureTable) throws -> Tensor.Shape? {
    guard let lengths = try environment.read({ try $0.integers(table.key, in: tables.shapes) }) else {
      return nil
    }
    // Three such lengths, and the bytes of their numbers, fit an Int.
    guard (1...3).contains(lengths.count), lengths.allSatisfy({ (1...(1 << 19)).contains($0) }) else {
      throw FeatureStoreError.damaged(environment.file, "its rows have no shape")
    }
    return Tensor.Shape(lengths.map { Int($0) })
  }

  // MARK: Storing

  /// Stores rows, unless another process has, and is on the disk when it returns.
  ///
  /// - Parameter isHeld: whether a row is held from now on.
  /// - Returns: where each row lies.
  func store(
    _ rows: [NewRow], holding hold: RowHold, where isHeld: (NewRow) -> Bool
  ) throws -> [StoredRow] {
    try environment.write { transaction in
      var totals = try totals(transaction)
      let now = Self.now
      var (stored, held): ([StoredRow], [StoredRow]) = ([], [])
      for row in rows {
        let there = try self.row(under: row.key, in: transaction)
        let place = try there ?? put(row, as: &totals, transaction)
        try transaction.put([now], under: rowBytes(place.number), in: tables.uses)
        stored.append(place)
        if isHeld(row) { held.append(place) }
      }
      try hold.hold(held, in: transaction)
      try transaction.put([totals.nextRow, totals.byteCount], under: Tables.totalsKey, in: tables.state)
      return stored
    }
  }

  private func put(
    _ row: NewRow, as totals: inout Totals, _ transaction: LMDBTransaction
  ) throws -> StoredRow {
    let shape = Tensor.Shape(Array(row.features.shape.dropFirst()))
    let byteCount = shape.scalarCount * row.features.scalarType.byteCount
    let number = totals.nextRow
    var checksum: UInt32 = 0
    try row.features.withUnsafeBytes { bytes in
      let own = UnsafeRawBufferPointer(
        rebasing: bytes[row.position * byteCount..<(row.position + 1) * byteCount])
      checksum = CRC32C.checksum(of: own)
      try transaction.put(byteCount: byteCount, under: rowBytes(number), in: tables.rows) {
        $0.copyMemory(from: own)
      }
    }
    try transaction.put(
      [number, UInt64(byteCount), UInt64(checksum)], under: row.key.bytes, in: tables.index)
    if try transaction.integers(row.table.key, in: tables.shapes) == nil {
      try transaction.put(shape.map { UInt64($0) }, under: row.table.key, in: tables.shapes)
    }
    totals.nextRow += 1
    totals.byteCount += UInt64(byteCount)
    return StoredRow(number: number, checksum: checksum)
  }

  /// The sums over all rows.
  struct Totals {
    /// The number of the next row.
    var nextRow: UInt64 = 0
    /// The bytes of all rows that are there.
    var byteCount: UInt64 = 0
  }

  func totals(_ transaction: LMDBTransaction) throws -> Totals {
    guard let numbers = try transaction.integers(Tables.totalsKey, in: tables.state) else { return Totals() }
    guard numbers.count == 2 else {
      throw FeatureStoreError.damaged(environment.file, "it does not say how much is in it")
    }
    return Totals(nextRow: numbers[0], byteCount: numbers[1])
  }

  /// How many bytes all rows take.
  var byteCount: Int {
    get throws { Int(try environment.read { try totals($0).byteCount }) }
  }

  // MARK: Reading

  /// The features in some rows: N,H,W,C.
  ///
  /// - Parameters:
  ///   - shape: height, width and channels.
  ///   - name: what the picture of a row is called, by its place among `rows`.
  /// - Throws: ``FeatureStoreError`` if a row is not there, or does not fit its checksum.
  func features(
    _ rows: [StoredRow], shape: Tensor.Shape, scalarType: ScalarType, name: (Int) -> String
  ) throws -> Tensor {
    let size = shape.scalarCount * scalarType.byteCount
    return try Tensor(shape: Tensor.Shape([rows.count] + shape.dimensions), scalarType: scalarType) { bytes in
      func place(_ position: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[position * size..<(position + 1) * size])
      }
      try environment.read { transaction in
        for (position, row) in rows.enumerated() {
          let isThere = try environment.copy(
            rowBytes(row.number), in: tables.rows, of: transaction, into: place(position))
          guard isThere else {
            throw FeatureStoreError.damaged(
              environment.file, "the features of \(name(position)) are not there any more")
          }
        }
      }
      for (position, row) in rows.enumerated() {
        guard CRC32C.checksum(of: UnsafeRawBufferPointer(place(position))) == row.checksum else {
          throw FeatureStoreError.damaged(
            environment.file,
            "the features of \(name(position)) do not fit their checksum: the file is damaged")
        }
      }
    }
  }
}
