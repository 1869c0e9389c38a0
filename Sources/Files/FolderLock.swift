import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder that other processes are asked to stay out of, until this object goes or the process ends, however it ends.
public final class FolderLock {
  private let descriptor: Int32

  /// Takes a folder, which is made if there is none.
  ///
  /// - Returns: nil if another process has it, or another lock of this one.
  /// - Throws: ``FileError``.
  public init?(on folder: URL) throws {
    try FileError.make(folder)
    descriptor = unsafe folder.withPath { unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError.system(folder, action: "open this folder", code: errno) }
    // File systems that know no locks answer otherwise, and are no reason to refuse work.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { return nil }
  }

  deinit { close(descriptor) }
}
