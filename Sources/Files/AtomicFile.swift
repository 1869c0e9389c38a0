import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that appears whole or not at all: written under a temporary name beside its place, brought to the disk, and
/// renamed. A program that is killed in the middle leaves the old file as it was.
public final class AtomicFile {
  private let destination: URL
  private let temporary: URL
  private let descriptor: Int32
  private var isFinished = false

  /// Begins a file that ``commit()`` will put at `destination`, with the folders above it.
  ///
  /// - Throws: ``FileError``.
  public init(at destination: URL) throws {
    self.destination = destination
    let folder = try FileError.makeFolder(above: destination)
    (temporary, descriptor) = try Self.begin(in: folder, for: destination)
  }

  /// A new file beside the destination. Its name must be no longer than the file system allows, as the destination's may be
  /// already, and nobody else's file.
  private static func begin(in folder: URL, for destination: URL) throws -> (file: URL, descriptor: Int32) {
    let longest = FileSystem.longestName(in: folder)
    for number in 0... {
      let end = ".\(getpid())-\(number).partial"
      let own = FileName([UInt8(ascii: ".")] + destination.fileName.bytes + Array(end.utf8))
      let name = own.bytes.count <= longest ? own : FileName(".graft" + end)
      let file = folder.appending(name)
      let descriptor = unsafe file.withPath {
        unsafe open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      }
      if descriptor >= 0 { return (file, descriptor) }
      // What a killed process of the same number has left, or another thread's.
      guard errno == EEXIST, number < 10_000 else { break }
    }
    throw FileError.system(destination, action: "write it", code: errno)
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError``, when the disk is full for instance.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    try unsafe GraftFiles.write(bytes, to: descriptor, of: destination)
  }

  /// Appends bytes.
  public func write(_ bytes: some Sequence<UInt8>) throws {
    let array = [UInt8](bytes)
    try unsafe array.withUnsafeBytes { try unsafe write($0) }
  }

  /// Appends text, as UTF-8.
  public func write(_ text: String) throws { try write(text.utf8) }

  /// Brings the file to the disk and to its name.
  ///
  /// - Throws: ``FileError``.
  public func commit() throws {
    guard fsync(descriptor) == 0 else {
      throw FileError.system(destination, action: "bring it to the disk", code: errno)
    }
    let status = unsafe temporary.withPath { from in unsafe destination.withPath { unsafe rename(from, $0) } }
    guard status == 0 else {
      throw FileError.system(destination, action: "rename it into place", code: errno)
    }
    isFinished = true
  }

  deinit {
    close(descriptor)
    if !isFinished { _ = unsafe temporary.withPath { unsafe unlink($0) } }
  }

  /// Writes a whole file.
  public static func write(_ bytes: some Sequence<UInt8>, to destination: URL) throws {
    let file = try AtomicFile(at: destination)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes a whole text file, as UTF-8.
  public static func write(_ text: String, to destination: URL) throws {
    try write(text.utf8, to: destination)
  }
}
