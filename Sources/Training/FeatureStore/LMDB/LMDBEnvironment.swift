import CGraftLMDB
import Foundation
import GraftFiles
import GraftTensor
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An LMDB file and the map in which LMDB sees it.
///
/// A process must not open the same file twice: ``FeatureDatabase/open(in:limit:)`` shares the one that is open.
final class LMDBEnvironment: @unchecked Sendable {
  let file: URL
  /// Whether the folder, or the file system, is read-only.
  let isReadOnly: Bool
  private let pointer: OpaquePointer
  private let gate = LMDBGate()
  private let isClosed = Mutex(false)
  /// A second descriptor of the file, for reads that bypass the map.
  let descriptor: OpenFile
  let pageByteCount: Int
  let base = Mutex(MapBase.unknown)
  /// A small value that is always there; its address shows where the map begins.
  private(set) var landmark: (key: [UInt8], table: Table)?

  /// One of the tables in a file.
  struct Table: Sendable {
    fileprivate(set) var handle: MDB_dbi = 0
  }

  /// How many transactions may read at the same time, in all processes together.
  private static let readerCount: UInt32 = 512

  /// Opens a file, or creates it.
  ///
  /// - Parameters:
  ///   - mapByteCount: the size to which the file may grow before the map is made larger.
  ///   - readOnly: for a folder that cannot be written; nothing is then locked.
  init(_ file: URL, mapByteCount: Int, readOnly: Bool) throws {
    self.file = file
    isReadOnly = readOnly
    var created: OpaquePointer?
    try checkLMDB(mdb_env_create(&created), "prepare it", file)
    guard let pointer = created else { misused("LMDB made no environment.") }
    self.pointer = pointer
    do {
      try checkLMDB(mdb_env_set_maxdbs(pointer, 8), "prepare it", file)
      try checkLMDB(mdb_env_set_maxreaders(pointer, Self.readerCount), "prepare it", file)
      try checkLMDB(mdb_env_set_mapsize(pointer, Self.wholePages(mapByteCount)), "prepare it", file)
      // Rows are read through a file descriptor, so that reading ahead in the map would only fill memory.
      var flags = UInt32(MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD)
      if readOnly { flags |= UInt32(MDB_RDONLY | MDB_NOLOCK) }
      try checkLMDB(file.withPath { mdb_env_open(pointer, $0, flags, 0o644) }, "open it", file)
      descriptor = try OpenFile(file, for: .reading)
      var statistics = MDB_stat()
      try checkLMDB(mdb_env_stat(pointer, &statistics), "look at it", file)
      pageByteCount = Int(statistics.ms_psize)
    } catch {
      mdb_env_close(pointer)
      throw error
    }
    try checkLength()
  }

  deinit { close() }

  /// Closes the file before this object is freed; nothing may be called on it afterwards.
  func close() {
    isClosed.withLock { isClosed in
      if !isClosed { mdb_env_close(pointer) }
      isClosed = true
    }
  }

  private static func wholePages(_ byteCount: Int) -> Int { (byteCount + 0xffff) & ~0xffff }

  /// LMDB maps the length that the file should have: if its end is missing, reading there would kill the process (SIGBUS).
  private func checkLength() throws {
    let expected = (Int(try information.me_last_pgno) + 1) * pageByteCount
    let found = try descriptor.byteCount
    // Pages that were allocated and freed again in one transaction are never written.
    if found < expected - Self.unwrittenByteCount {
      throw FeatureStoreError.damaged(
        file, "it is \(found) bytes long and should be \(expected): its end is missing")
    }
  }

  private static let unwrittenByteCount = 256 << 10

  private var information: MDB_envinfo {
    get throws {
      var info = MDB_envinfo()
      try checkLMDB(mdb_env_info(pointer, &info), "look at it", file)
      return info
    }
  }

  /// The size of the map.
  var mapByteCount: Int {
    get throws { Int(try information.me_mapsize) }
  }

  /// Frees the slots of readers that were killed.
  func forgetDeadReaders() throws {
    if isReadOnly { return }
    try checkLMDB(mdb_reader_check(pointer, nil), "check its readers", file)
  }

  // MARK: Transactions

  /// Reads a consistent state. Must not be called within another transaction of the same thread.
  func read<Result>(_ body: (LMDBTransaction) throws -> Result) throws -> Result {
    try withinMap {
      let transaction = try begin(UInt32(MDB_RDONLY))
      defer { mdb_txn_abort(transaction) }
      return try body(LMDBTransaction(transaction, file))
    }
  }

  /// Makes all changes of `body` or none, and returns when they are on disk. Waits for other writers; must not be called
  /// within another transaction of the same thread.
  ///
  /// - Parameter body: is called again if the map was too small.
  func write<Result>(_ body: (LMDBTransaction) throws -> Result) throws -> Result {
    try withinMap {
      let transaction = try begin(0)
      let result: Result
      do {
        result = try body(LMDBTransaction(transaction, file))
      } catch {
        mdb_txn_abort(transaction)
        throw error
      }
      try checkLMDB(mdb_txn_commit(transaction), "write it", file)
      return result
    }
  }

  private func begin(_ flags: UInt32) throws -> OpaquePointer {
    var transaction: OpaquePointer?
    try checkLMDB(mdb_txn_begin(pointer, nil, flags, &transaction), "begin a transaction on it", file)
    guard let transaction else { misused("LMDB began no transaction.") }
    return transaction
  }

  private func withinMap<Result>(_ body: () throws -> Result) throws -> Result {
    while true {
      do {
        return try gate.passing(body)
      } catch LMDBMapTooSmall.full {
        try resize { $0 + max($0 / 2, 1 << 30) }
      } catch LMDBMapTooSmall.outgrown {
        try resize { _ in 0 }
      }
    }
  }

  /// - Parameter size: gives the new size for the current one; 0 stands for the size that another process has chosen.
  private func resize(to size: (Int) -> Int) throws {
    try gate.closed {
      try checkLMDB(
        mdb_env_set_mapsize(pointer, Self.wholePages(size(try mapByteCount))), "enlarge its map", file)
      base.withLock { $0 = .unknown }
    }
  }

  // MARK: Tables

  /// Opens tables, or creates them.
  ///
  /// - Parameters:
  ///   - names: of the tables.
  ///   - integerKeys: those of them whose keys are integers of eight bytes.
  func tables(_ names: [String], integerKeys: Set<String>) throws -> [String: Table] {
    if let tables = try tables(names, integerKeys, creating: false) { return tables }
    guard !isReadOnly, let tables = try tables(names, integerKeys, creating: true) else {
      throw FeatureStoreError.damaged(file, "it has no tables of features")
    }
    return tables
  }

  /// - Returns: nil if one of them is not there.
  private func tables(
    _ names: [String], _ integerKeys: Set<String>, creating: Bool
  ) throws -> [String: Table]? {
    try withinMap {
      let transaction = try begin(UInt32(creating ? 0 : MDB_RDONLY))
      var tables: [String: Table] = [:]
      do {
        for name in names {
          let flags = (integerKeys.contains(name) ? MDB_INTEGERKEY : 0) | (creating ? MDB_CREATE : 0)
          var table = Table()
          let outcome = try checkLMDB(
            mdb_dbi_open(transaction, name, UInt32(flags), &table.handle), "open a table of it", file)
          if case .notFound = outcome { break }
          tables[name] = table
        }
      } catch {
        mdb_txn_abort(transaction)
        throw error
      }
      // Aborting would lose the handles, so a transaction that only reads is committed, too.
      try checkLMDB(mdb_txn_commit(transaction), "open a table of it", file)
      return tables.count == names.count ? tables : nil
    }
  }

  /// Sets the small value that is always there.
  func setLandmark(_ key: [UInt8], in table: Table) { landmark = (key, table) }
}
