import CGraftLMDB
import Foundation

/// A view of an LMDB file, good until the call ends that it was handed to.
///
/// Small values are lists of 64-bit integers; large ones are bytes.
struct LMDBTransaction {
  let pointer: OpaquePointer
  private let file: URL

  init(_ pointer: OpaquePointer, _ file: URL) {
    self.pointer = pointer
    self.file = file
  }

  // MARK: Values

  /// The integers under a key; nil if there are none.
  func integers(_ key: [UInt8], in table: LMDBEnvironment.Table) throws -> [UInt64]? {
    try value(key, in: table).map { Self.integers($0) }
  }

  /// The bytes under a key, in the map; nil if there are none.
  func value(_ key: [UInt8], in table: LMDBEnvironment.Table) throws -> UnsafeRawBufferPointer? {
    try withValue(of: key) { key in
      var value = MDB_val()
      guard case .done = try check(mdb_get(pointer, table.handle, &key, &value), "read it") else {
        return nil
      }
      return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }
  }

  /// Puts integers under a key, in place of others.
  func put(_ integers: [UInt64], under key: [UInt8], in table: LMDBEnvironment.Table) throws {
    try put(byteCount: integers.count * 8, under: key, in: table) { bytes in
      integers.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// Makes room under a key and has it filled.
  func put(
    byteCount: Int, under key: [UInt8], in table: LMDBEnvironment.Table,
    fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    try withValue(of: key) { key in
      var value = MDB_val(mv_size: byteCount, mv_data: nil)
      try check(mdb_put(pointer, table.handle, &key, &value, UInt32(MDB_RESERVE)), "write it")
      try fill(UnsafeMutableRawBufferPointer(start: value.mv_data, count: byteCount))
    }
  }

  /// Removes a key, if it is there.
  func remove(_ key: [UInt8], from table: LMDBEnvironment.Table) throws {
    try withValue(of: key) { key in try check(mdb_del(pointer, table.handle, &key, nil), "write it") }
  }

  // MARK: Keys in their order

  /// Calls `body` with each key of a table, in order, and the integers under it.
  func forEach(
    in table: LMDBEnvironment.Table, _ body: (_ key: [UInt8], _ integers: [UInt64]) throws -> Void
  ) throws {
    var opened: OpaquePointer?
    try check(mdb_cursor_open(pointer, table.handle, &opened), "read it")
    guard let cursor = opened else { return }
    defer { mdb_cursor_close(cursor) }
    var (key, value) = (MDB_val(), MDB_val())
    var step = MDB_FIRST
    while case .done = try check(mdb_cursor_get(cursor, &key, &value, step), "read it") {
      step = MDB_NEXT
      let bytes = UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size)
      try body(
        Array(bytes), Self.integers(UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)))
    }
  }

  // MARK: Conversions

  @discardableResult
  private func withValue<Result>(of key: [UInt8], _ body: (inout MDB_val) throws -> Result) rethrows -> Result
  {
    var key = key
    return try key.withUnsafeMutableBytes { bytes in
      var value = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
      return try body(&value)
    }
  }

  private static func integers(_ bytes: UnsafeRawBufferPointer) -> [UInt64] {
    (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
  }

  @discardableResult
  private func check(_ status: Int32, _ action: String) throws -> LMDBOutcome {
    try checkLMDB(status, action, file)
  }
}
