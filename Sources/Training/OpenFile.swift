import Foundation
import GraftFiles

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file descriptor, closed with its last holder.
final class OpenFile: Sendable {
  let url: URL
  private let descriptor: Int32

  init(_ url: URL, _ flags: Int32) throws {
    self.url = url
    descriptor = open(url.path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.system(url, action: "open it", code: errno) }
  }

  /// Nil if there is no such file.
  convenience init?(ifThere url: URL, _ flags: Int32) throws {
    do {
      try self.init(url, flags)
    } catch FileError.system(_, _, ENOENT) {
      return nil
    }
  }

  deinit { close(descriptor) }

  /// How a file is held.
  enum Lock {
    /// By one alone.
    case exclusive
    /// By any number that only read.
    case shared
  }

  /// What became of an attempt to lock a file.
  enum LockOutcome: Equatable {
    case taken
    /// Somebody else has a lock that excludes this one.
    case busy
    /// The file system knows no locks.
    case unsupported

    /// - Parameter code: what `flock` left in `errno`.
    /// - Returns: nil for anything else that went wrong.
    init?(failedWith code: Int32) {
      switch code {
      case EWOULDBLOCK: self = .busy
      case ENOLCK, ENOSYS, EOPNOTSUPP, ENOTSUP, EINVAL: self = .unsupported
      default: return nil
      }
    }
  }

  /// Locks the file until it is closed, even by a kill; does not wait.
  func lock(_ lock: Lock) throws -> LockOutcome {
    if flock(descriptor, (lock == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 { return .taken }
    let code = errno
    guard let outcome = LockOutcome(failedWith: code) else {
      throw FileError.system(url, action: "lock it", code: code)
    }
    return outcome
  }

  /// Notes the time as that of the file's last use. A file that cannot be marked is merely removed earlier than others.
  func markAsUsed() { futimens(descriptor, nil) }

  /// Whether this file is what a path stands for now.
  func isAt(_ url: URL) throws -> Bool {
    var other = stat()
    let own = try status
    return stat(url.path, &other) == 0 && other.st_ino == own.st_ino && other.st_dev == own.st_dev
  }

  var byteCount: Int { get throws { Int(try status.st_size) } }

  private var status: stat {
    get throws {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else {
        throw FileError.system(url, action: "look at it", code: errno)
      }
      return status
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, offset + done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError.system(url, action: "read it", code: count == 0 ? EIO : errno) }
      done += count
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, offset + done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError.system(url, action: "write it", code: errno) }
      done += count
    }
  }

  func truncate(toByteCount count: Int) throws {
    guard ftruncate(descriptor, count) == 0 else {
      throw FileError.system(url, action: "cut it to size", code: errno)
    }
  }

  func synchronize() throws {
    guard fsync(descriptor) == 0 else {
      throw FileError.system(url, action: "bring it to the disk", code: errno)
    }
  }
}
