import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that says, by being locked, that the process which made it is alive and at work. It goes with its last holder;
/// that of a process which was killed stays, unlocked.
package final class LockFile: Sendable {
  private let file: OpenFile

  private init(_ file: OpenFile) { self.file = file }

  /// Makes a file and locks it.
  ///
  /// - Parameter waits: whether to wait where somebody has it.
  /// - Returns: nil if somebody has it. Where the file system knows no locks, everybody gets it.
  /// - Throws: ``FileError``.
  package static func take(_ url: URL, waits: Bool = false) throws -> LockFile? {
    while true {
      let file = try OpenFile(url, for: .making)
      if try file.lock(waits: waits) == .busy { return nil }
      // The one before may have removed it between our opening and locking it.
      if try file.isInPlace { return LockFile(file) }
    }
  }

  /// Whether somebody has a file; one of a process that is gone is removed.
  ///
  /// - Throws: ``FileError``.
  package static func isTaken(_ url: URL) throws -> Bool {
    do {
      let file = try OpenFile(url, for: .writing)
      // Where nothing can be locked, nobody can be seen to be gone.
      if try file.lock() != .taken { return true }
      if try file.isInPlace { url.removeFile() }
      return false
    } catch FileError.system(_, _, ENOENT) {
      return false
    }
  }

  deinit { file.url.removeFile() }
}

extension URL {
  /// Removes a file, if it is there and can be removed.
  package func removeFile() { _ = unsafe withPath { unsafe unlink($0) } }
}
