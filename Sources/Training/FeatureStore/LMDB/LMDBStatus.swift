import CGraftLMDB
import Foundation
import GraftFiles

/// The outcome of a call of LMDB, where that is no error.
enum LMDBOutcome {
  case done
  /// There is no such key.
  case notFound
  /// There is such a key already.
  case alreadyThere
}

/// Makes a transaction begin again, in a larger map.
enum LMDBMapTooSmall: Error {
  /// This transaction would outgrow it.
  case full
  /// Another process has outgrown it.
  case outgrown
}

/// Whether there is not even room for what is written at a time.
private func isFull(diskOf file: URL) -> Bool {
  let folder = file.deletingLastPathComponent()
  let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
  let free = attributes?[.systemFreeSize] as? Int64
  return free.map { $0 < 64 << 20 } ?? false
}

/// Every status that LMDB returns goes through here.
///
/// - Throws: ``LMDBMapTooSmall``; `FileError` where the system refused; ``FeatureStoreError`` for all else.
@discardableResult
func checkLMDB(_ status: Int32, _ action: String, _ file: URL) throws -> LMDBOutcome {
  switch status {
  case MDB_SUCCESS: return .done
  case MDB_NOTFOUND: return .notFound
  case MDB_KEYEXIST: return .alreadyThere
  case MDB_MAP_FULL: throw LMDBMapTooSmall.full
  case MDB_MAP_RESIZED: throw LMDBMapTooSmall.outgrown
  case MDB_READERS_FULL:
    throw FeatureStoreError(
      file: file, "too many programs read it at the same time", remedy: "Run fewer of them at a time.")
  case MDB_INVALID, MDB_VERSION_MISMATCH:
    throw FeatureStoreError.damaged(file, "this is no feature store of this version of LMDB")
  // LMDB says no more where only a part of what it wrote has found room.
  case EIO where isFull(diskOf: file): throw FileError.system(file, action: action, code: ENOSPC)
  case 1...: throw FileError.system(file, action: action, code: status)
  default:
    throw FeatureStoreError.damaged(
      file, "LMDB could not \(action): \(String(cString: mdb_strerror(status)))")
  }
}
