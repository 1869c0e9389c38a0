import Foundation
import GraftFiles
import Synchronization

/// An open feature store, and the rows that its user holds: no process makes room by them, until the hold is let go or its
/// process ends, however it ends.
final class RowHold: Sendable {
  let database: FeatureDatabase
  /// 16 bytes; nil where nothing can be written, and rows cannot go either.
  private let key: [UInt8]?
  private let lock: LockFile?
  private let count = Atomic<UInt64>(0)

  /// Opens the store in a folder.
  init(in folder: URL, limit: Int) throws {
    database = try FeatureDatabase.open(in: folder, limit: limit)
    guard !database.environment.isReadOnly else {
      (key, lock) = (nil, nil)
      return
    }
    let id = UUID()
    // A process that makes room looks at it for a moment.
    lock = try LockFile.take(database.holderFile(id), waits: true)
    key = withUnsafeBytes(of: id.uuid) { Array($0) }
  }

  deinit {
    // A use that cannot be noted now is noted by the process that makes room: the holder's file is not locked any more.
    if let key { try? database.release(holder: key) }
  }

  /// Holds rows, as a part of a change.
  func hold(_ rows: [StoredRow], in transaction: LMDBTransaction) throws {
    guard let key, !rows.isEmpty else { return }
    let number = count.add(1, ordering: .relaxed).newValue
    let bytes = withUnsafeBytes(of: number.bigEndian) { Array($0) }
    try transaction.put(rows.map(\.number), under: key + bytes, in: database.tables.holds)
  }
}

extension FeatureDatabase {
  fileprivate static let holderPrefix = "holder-"

  /// The file that a holder keeps locked.
  fileprivate func holderFile(_ id: UUID) -> URL {
    lockFolder.appendingPathComponent(Self.holderPrefix + id.uuidString)
  }

  /// Notes the last use of what a holder held, and lets go of it.
  fileprivate func release(holder: [UInt8]) throws {
    try environment.write { transaction in
      let (now, entries) = (Self.now, try entries(of: transaction) { $0 == holder })
      for (key, rows) in entries {
        for row in rows { try transaction.put([now], under: rowBytes(row), in: tables.uses) }
        try transaction.remove(key, from: tables.holds)
      }
    }
  }

  /// The rows that holders which are alive hold; what others held is given up.
  func heldRows(_ transaction: LMDBTransaction) throws -> Set<UInt64> {
    let alive = try livingHolders()
    var held: Set<UInt64> = []
    for (key, rows) in try entries(of: transaction, where: { _ in true }) {
      if alive.contains(Array(key.prefix(16))) {
        held.formUnion(rows)
      } else {
        try transaction.remove(key, from: tables.holds)
      }
    }
    return held
  }

  private func entries(
    of transaction: LMDBTransaction, where isWanted: ([UInt8]) -> Bool
  ) throws -> [(key: [UInt8], rows: [UInt64])] {
    var entries: [(key: [UInt8], rows: [UInt64])] = []
    try transaction.forEach(in: tables.holds) { key, rows in
      if isWanted(Array(key.prefix(16))) { entries.append((key, rows)) }
    }
    return entries
  }

  private func livingHolders() throws -> Set<[UInt8]> {
    let ids = try FileSystem.names(in: lockFolder).compactMap { name -> UUID? in
      let text = String(decoding: name.bytes, as: UTF8.self)
      guard text.hasPrefix(Self.holderPrefix) else { return nil }
      return UUID(uuidString: String(text.dropFirst(Self.holderPrefix.count)))
    }
    let living = try ids.filter { try LockFile.isTaken(holderFile($0)) }
    return Set(living.map { id in withUnsafeBytes(of: id.uuid) { Array($0) } })
  }

  /// The time that is noted as that of a use, in milliseconds since 1970.
  static var now: UInt64 { UInt64(max(Date().timeIntervalSince1970, 0) * 1000) }

  /// A row's number as a key.
  func rowBytes(_ row: UInt64) -> [UInt8] { withUnsafeBytes(of: row) { Array($0) } }
}
