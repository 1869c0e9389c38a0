import Foundation
import GraftFiles
import GraftTensor
import Synchronization

/// The rows of features in one file, shared by everybody in the process who uses that file.
///
/// Four tables: which row belongs to a key; the rows' bytes; when each was last used; which rows are held. A row's number
/// is never used twice.
final class FeatureDatabase: Sendable {
  let environment: LMDBEnvironment
  /// For files that are locked by processes while they are at work.
  let lockFolder: URL
  let tables: Tables

  /// Where what is.
  struct Tables: Sendable {
    /// The version of this format, and the totals.
    let state: LMDBEnvironment.Table
    /// Table key and picture key: row number, its bytes, its checksum.
    let index: LMDBEnvironment.Table
    /// Table key: height, width and channels of its rows.
    let shapes: LMDBEnvironment.Table
    /// Row number: its bytes.
    let rows: LMDBEnvironment.Table
    /// Row number: the time of its last use, in milliseconds since 1970.
    let uses: LMDBEnvironment.Table
    /// A holder's key and a count: row numbers.
    let holds: LMDBEnvironment.Table

    static let formatKey = Array("format".utf8)
    static let totalsKey = Array("totals".utf8)
  }

  private static let format: UInt64 = 1

  private init(_ environment: LMDBEnvironment, _ tables: Tables, lockFolder: URL) {
    self.environment = environment
    self.tables = tables
    self.lockFolder = lockFolder
  }

  deinit {
    environment.close()
    OpenDatabases.shared.forget(ObjectIdentifier(self))
  }

  /// Opens the file in a folder, both of which are made if they are not there, or shares it with those who have it open.
  ///
  /// - Parameters:
  ///   - folder: on a disk of this machine.
  ///   - limit: by which the map's size is chosen.
  static func open(in folder: URL, limit: Int) throws -> FeatureDatabase {
    let file = folder.appendingPathComponent("features.mdb")
    return try OpenDatabases.shared.database(in: file) { try make(file, in: folder, limit: limit) }
  }

  private static func make(_ file: URL, in folder: URL, limit: Int) throws -> FeatureDatabase {
    let locks = folder.appendingPathComponent("locks")
    let mapByteCount = mapByteCount(limit: limit)
    func database(readOnly: Bool) throws -> FeatureDatabase {
      let environment = try LMDBEnvironment(file, mapByteCount: mapByteCount, readOnly: readOnly)
      return FeatureDatabase(environment, try prepare(environment), lockFolder: locks)
    }
    do {
      try FileError.make(locks)
      try NetworkFileSystem.refuse(folder)
      // Only one process at a time opens the file or replaces its lock.
      let opening = try LockFile.take(locks.appendingPathComponent("opening"), waits: true)
      defer { withExtendedLifetime(opening) {} }
      try prepareLock(of: file)
      let opened = try database(readOnly: false)
      // Left by processes that were killed.
      _ = try opened.environment.write { try opened.heldRows($0) }
      return opened
    } catch FileError.system(_, _, let code)
      where [EACCES, EROFS, EPERM].contains(code) && FileSystem.exists(file)
    {
      return try database(readOnly: true)
    }
  }

  /// Opens the tables, and makes sure that they are of this version.
  private static func prepare(_ environment: LMDBEnvironment) throws -> Tables {
    let names = ["state", "index", "shapes", "rows", "uses", "holds"]
    let found = try environment.tables(names, integerKeys: ["rows", "uses"])
    func table(_ name: String) -> LMDBEnvironment.Table { found[name] ?? .init() }
    let tables = Tables(
      state: table("state"), index: table("index"), shapes: table("shapes"), rows: table("rows"),
      uses: table("uses"), holds: table("holds"))
    let format = try environment.read { try $0.integers(Tables.formatKey, in: tables.state) }
    if format == nil, !environment.isReadOnly {
      try environment.write { try $0.put([Self.format], under: Tables.formatKey, in: tables.state) }
    } else if format != [Self.format] {
      throw FeatureStoreError.damaged(environment.file, "these are no features of this version of Graft")
    }
    environment.setLandmark(Tables.formatKey, in: tables.state)
    try environment.forgetDeadReaders()
    return tables
  }

  /// LMDB's own lock file belongs to the data file beside it: where that was removed, processes that still use it share
  /// the old lock, which nobody else may. And LMDB maps it: on a full disk that would end the process.
  private static func prepareLock(of file: URL) throws {
    let lock = file.deletingLastPathComponent().appendingPathComponent("features.mdb-lock")
    if !FileSystem.exists(file) { lock.removeFile() }
    try OpenFile(lock, for: .making).reserve(byteCount: 64 << 10)
  }

  /// More than the limit, as rows that are in use stay, and pages of rows that are gone are not filled without gaps.
  private static func mapByteCount(limit: Int) -> Int {
    let limit = min(limit, 1 << 44)
    return limit + limit / 4 + (256 << 20)
  }
}
