import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file descriptor, closed with its last holder.
package final class OpenFile: Sendable {
  /// Where the file was when it was opened.
  package let url: URL
  private let descriptor: Int32

  /// What a file is opened for.
  package enum Purpose {
    case reading
    /// Reading and writing a file that is there.
    case writing
    /// Reading and writing a file that is made if it is not there.
    case making
  }

  /// Opens a file.
  ///
  /// - Throws: ``FileError``.
  package init(_ url: URL, for purpose: Purpose) throws {
    self.url = url
    let flags =
      switch purpose {
      case .reading: O_RDONLY
      case .writing: O_RDWR
      case .making: O_RDWR | O_CREAT
      }
    descriptor = unsafe url.withPath { unsafe open($0, flags | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw FileError.system(url, action: "open it", code: errno) }
  }

  deinit { close(descriptor) }

  /// How long the file is.
  package var byteCount: Int {
    get throws { Int(try status.st_size) }
  }

  private var status: stat {
    get throws {
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else {
        throw FileError.system(url, action: "look at it", code: errno)
      }
      return status
    }
  }

  /// Whether this file is what its path stands for now.
  package var isInPlace: Bool {
    get throws { try FileSystem.identity(of: url) == FileSystem.Identity(status) }
  }

  /// Makes sure that so many bytes are there, on the disk too.
  ///
  /// - Throws: ``FileError`` if the disk is full.
  package func reserve(byteCount: Int) throws {
    #if canImport(Glibc)
      let code = posix_fallocate(descriptor, 0, byteCount)
    #else
      let code = ftruncate(descriptor, off_t(byteCount)) == 0 ? 0 : errno
    #endif
    guard code == 0 else { throw FileError.system(url, action: "write it", code: code) }
  }

  /// Fills a buffer as far as the file goes.
  ///
  /// - Returns: how many bytes there were.
  /// - Throws: ``FileError``.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    var done = 0
    while done < buffer.count {
      let count = unsafe pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileError.system(url, action: "read it", code: errno) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  // MARK: Locks

  /// What became of an attempt to lock a file.
  package enum LockOutcome: Equatable {
    case taken
    /// Another process, or another descriptor of this one, has it.
    case busy
    /// The file system knows no locks.
    case unsupported

    /// - Parameter code: what `flock` left in `errno`.
    /// - Returns: nil for anything else that went wrong.
    package init?(failedWith code: Int32) {
      switch code {
      case EWOULDBLOCK: self = .busy
      case ENOLCK, ENOSYS, EOPNOTSUPP, ENOTSUP, EINVAL: self = .unsupported
      default: return nil
      }
    }
  }

  /// Takes the file for this descriptor alone until it is closed, even by a kill.
  ///
  /// - Parameter waits: whether to wait where somebody has it.
  /// - Throws: ``FileError``.
  package func lock(waits: Bool = false) throws -> LockOutcome {
    while flock(descriptor, LOCK_EX | (waits ? 0 : LOCK_NB)) != 0 {
      let code = errno
      if code == EINTR { continue }
      guard let outcome = LockOutcome(failedWith: code) else {
        throw FileError.system(url, action: "lock it", code: code)
      }
      return outcome
    }
    return .taken
  }
}
