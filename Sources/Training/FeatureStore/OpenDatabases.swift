import Foundation
import GraftFiles

/// The store files that this process has open: LMDB does not bear it that a process opens one twice. Nothing that is computed depends
/// on it.
final class OpenDatabases: @unchecked Sendable {
  static let shared = OpenDatabases()

  private struct Entry {
    let id: ObjectIdentifier
    weak var database: FeatureDatabase?
  }

  private let condition = NSCondition()
  private var entries: [FileSystem.Identity: Entry] = [:]

  private init() {}

  /// The database that is open for a file, or one that `open` makes.
  func database(in file: URL, open: () throws -> FeatureDatabase) throws -> FeatureDatabase {
    try condition.withLock {
      while let identity = FileSystem.identity(of: file), let entry = entries[identity] {
        if let database = entry.database { return database }
        // Its last user has just let go of it, and it is being closed.
        condition.wait()
      }
      let database = try open()
      if let identity = FileSystem.identity(of: file) {
        entries[identity] = Entry(id: ObjectIdentifier(database), database: database)
      }
      return database
    }
  }

  /// A database is closed.
  func forget(_ id: ObjectIdentifier) {
    condition.withLock {
      entries = entries.filter { $0.value.id != id }
      condition.broadcast()
    }
  }
}
