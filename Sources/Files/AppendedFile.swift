import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that only grows. What is appended in one call is there whole or not at all, unless the program is killed in the
/// middle of it: who opens the file again says how much of it is good.
public final class AppendedFile {
  private let file: URL
  private let descriptor: Int32
  private var count: Int

  /// Opens a file, or makes an empty one with the folders above it.
  ///
  /// - Parameters:
  ///   - file: what is appended to.
  ///   - count: how many of its first bytes stay; the rest is cut off.
  /// - Throws: ``FileError``.
  public init(at file: URL, keeping count: Int) throws {
    self.file = file
    self.count = count
    try FileError.makeFolder(above: file)
    descriptor = unsafe file.withPath { unsafe open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw FileError.system(file, action: "write it", code: errno) }
    try cut()
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError``, when the disk is full for instance; the file is then as it was before.
  public func append(_ bytes: [UInt8]) throws {
    do {
      try unsafe bytes.withUnsafeBytes { try unsafe write($0, to: descriptor, of: file) }
    } catch {
      try cut()
      throw error
    }
    count += bytes.count
  }

  private func cut() throws {
    guard ftruncate(descriptor, off_t(count)) == 0 else {
      throw FileError.system(file, action: "cut off its end", code: errno)
    }
  }

  deinit { close(descriptor) }
}

/// Writes all of the bytes, however many calls it takes.
func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of file: URL) throws {
  var rest = unsafe bytes
  while let address = rest.baseAddress, unsafe !rest.isEmpty {
    #if canImport(Glibc)
      let written = unsafe Glibc.write(descriptor, address, rest.count)
    #else
      let written = unsafe Darwin.write(descriptor, address, rest.count)
    #endif
    if written < 0 {
      if errno == EINTR { continue }
      throw FileError.system(file, action: "write it", code: errno)
    }
    unsafe rest = UnsafeRawBufferPointer(rebasing: rest[written...])
  }
}
