import Foundation
import GraftFiles

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The files of a feature cache, finished ones and those that a killed run has left half written.
struct FeatureFolder {
  private let folder: URL

  init(_ folder: URL) { self.folder = folder }

  /// Removes files, those first that were used least recently, until the rest fits a limit; files in use stay.
  ///
  /// - Throws: `FileError` if the folder cannot be listed, or a file cannot be removed.
  func makeRoom(limit: Int) throws {
    let files = try self.files()
    var total = files.reduce(0) { $0 + $1.byteCount }
    for file in files.sorted(by: { $0.lastUse < $1.lastUse }) where total > limit {
      if try remove(file.url) { total -= file.byteCount }
    }
  }

  private func files() throws -> [(url: URL, byteCount: Int, lastUse: Date)] {
    let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey]
    let found = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: Array(keys))
    return found.filter { ["features", "partial"].contains($0.pathExtension) }.compactMap { url in
      // One that another process has removed meanwhile takes no room.
      guard let values = try? url.resourceValues(forKeys: keys), let byteCount = values.fileSize else {
        return nil
      }
      return (url, byteCount, values.contentModificationDate ?? .distantPast)
    }
  }

  /// - Returns: whether the file is gone; false if somebody uses it.
  private func remove(_ file: URL) throws -> Bool {
    guard let open = try OpenFile(ifThere: file, O_RDONLY) else { return true }
    if try open.lock(.exclusive) == .busy { return false }
    guard unlink(file.path) == 0 || errno == ENOENT else {
      throw FileError.system(file, action: "remove it", code: errno)
    }
    // What says how far a half-written file is worth nothing without it.
    if file.pathExtension == "partial" {
      unlink(file.deletingPathExtension().appendingPathExtension("progress").path)
    }
    return true
  }
}
