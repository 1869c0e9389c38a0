import Foundation
import GraftFiles
import GraftTensor

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Features on disk, read row by row.
///
/// Rows are read, not mapped: mapped pages count as the program's memory, and here they would be most of it.
public struct CachedFeatures: Sendable {
  /// How many pictures there are.
  public let count: Int
  /// Height, width and channels for one picture.
  public let shape: Tensor.Shape
  private let scalarType: ScalarType
  private let file: OpenFile

  init(file: URL, count: Int, scalarType: ScalarType) throws {
    self.file = try OpenFile(file, O_RDONLY)
    self.count = count
    self.scalarType = scalarType
    guard let header = try FeatureFileHeader(in: self.file) else {
      throw FeatureFileError(file: file, "these are no cached features of this version of Graft")
    }
    shape = header.shape
    let expected = FeatureFileHeader.byteCount + count * Row.byteCount(shape, scalarType)
    let found = try self.file.byteCount
    guard found == expected else {
      throw FeatureFileError(
        file: file, "the cached features are \(found) bytes and should be \(expected)")
    }
  }

  /// The features of some pictures: N,H,W,C, float32.
  ///
  /// - Throws: an error if what is read does not fit its checksum.
  public func rows(_ indices: [Int]) throws -> Tensor {
    let (stride, size) = (Row.byteCount(shape, scalarType), shape.scalarCount * scalarType.byteCount)
    let tensor = try Tensor(
      shape: Tensor.Shape([indices.count] + shape.dimensions), scalarType: scalarType
    ) { bytes in
      for (position, index) in indices.enumerated() {
        require((0..<count).contains(index), "There is no picture \(index) among \(count).")
        let row = UnsafeMutableRawBufferPointer(rebasing: bytes[position * size..<(position + 1) * size])
        let start = FeatureFileHeader.byteCount + index * stride
        try file.read(into: row, at: start)
        var check: UInt64 = 0
        try withUnsafeMutableBytes(of: &check) { try file.read(into: $0, at: start + size) }
        guard check == Row.check(of: UnsafeRawBufferPointer(row), index: index) else {
          throw FeatureFileError(
            file: file.url,
            "row \(index) of the cached features does not fit its checksum: the file is damaged")
        }
      }
    }
    return tensor.converted(to: .float32)
  }
}

/// A row of a file of features: its numbers, and eight bytes by which they are checked.
private enum Row {
  static func byteCount(_ shape: Tensor.Shape, _ scalarType: ScalarType) -> Int {
    shape.scalarCount * scalarType.byteCount + 8
  }

  /// The place counts, too: a row that lies where another one should is found out.
  static func check(of bytes: UnsafeRawBufferPointer, index: Int) -> UInt64 {
    (UInt64(index) << 32 | UInt64(CRC32C.checksum(of: bytes))).littleEndian
  }
}

/// Features that cannot be used.
struct FeatureFileError: Error, CustomStringConvertible {
  let file: URL
  let problem: String

  init(file: URL, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  var description: String { "\(file.path): \(problem). Remove the file; it will be computed anew." }
}

/// Another process is computing the same features; they can be waited for.
struct FeaturesInProgress: Error {
  let file: URL
  /// How many rows it has safely written, a few seconds ago.
  var completedRows: Int {
    let marker = file.deletingPathExtension().appendingPathExtension("progress")
    return (try? String(contentsOf: marker, encoding: .utf8)).flatMap { Int($0) } ?? 0
  }
}

/// The shape of a row, in the first bytes of a file of features: a line of text, filled up with blanks.
private struct FeatureFileHeader {
  static let byteCount = 64
  private static let magic = "graft features 2:"
  let shape: Tensor.Shape

  init(shape: Tensor.Shape) { self.shape = shape }

  /// The header of a file; nil if it has none.
  init?(in file: OpenFile) throws {
    guard try file.byteCount >= Self.byteCount else { return nil }
    var bytes = [UInt8](repeating: 0, count: Self.byteCount)
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix(Self.magic) else { return nil }
    shape = Tensor.Shape(text.dropFirst(Self.magic.count).split(separator: " ").compactMap { Int($0) })
  }

  func write(to file: OpenFile) throws {
    let text = ([Self.magic] + shape.map(String.init)).joined(separator: " ")
    let line = text.padding(toLength: Self.byteCount - 1, withPad: " ", startingAt: 0) + "\n"
    try Array(line.utf8).withUnsafeBytes { try file.write($0, at: 0) }
  }
}

/// Writes features under a temporary name and remembers how many rows are safely on the disk, so that whoever is killed
/// goes on from there.
final class FeatureWriter {
  private let destination: URL
  private let partial: URL
  private let marker: URL
  private let file: OpenFile
  private let scalarType: ScalarType
  private var header: FeatureFileHeader?
  private var lastSync = ContinuousClock.now
  private(set) var completedRows: Int

  init(file destination: URL, scalarType: ScalarType) throws {
    self.destination = destination
    self.scalarType = scalarType
    partial = destination.appendingPathExtension("partial")
    marker = destination.appendingPathExtension("progress")
    try FileManager.default.createDirectory(
      at: destination.deletingLastPathComponent(), withIntermediateDirectories: true)
    file = try OpenFile(partial, O_RDWR | O_CREAT)
    // Whoever held the lock may have moved the file into place meanwhile: then this one is no longer partial.
    guard try file.lock(), try file.isAt(partial) else { throw FeaturesInProgress(file: partial) }
    header = try FeatureFileHeader(in: file)
    completedRows = 0
    let marked = (try? String(contentsOf: marker, encoding: .utf8)).flatMap { Int($0) } ?? 0
    // A marker without its bytes is worth nothing.
    if header != nil, try end(ofRows: marked) <= file.byteCount { completedRows = marked }
  }

  private func end(ofRows count: Int) -> Int {
    FeatureFileHeader.byteCount + count * (header.map { Row.byteCount($0.shape, scalarType) } ?? 0)
  }

  func append(_ features: Tensor, rows: Int) throws {
    let shape = Tensor.Shape(Array(features.shape.dropFirst()))
    if header?.shape != shape {
      require(completedRows == 0, "Rows of shape \(shape) cannot follow others.")
      let header = FeatureFileHeader(shape: shape)
      try header.write(to: file)
      self.header = header
    }
    let size = shape.scalarCount * scalarType.byteCount
    try features.withUnsafeBytes { bytes in
      for index in 0..<rows {
        let row = UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
        let start = end(ofRows: completedRows + index)
        try file.write(row, at: start)
        let check = Row.check(of: row, index: completedRows + index)
        try withUnsafeBytes(of: check) { try file.write($0, at: start + size) }
      }
    }
    completedRows += rows
    if ContinuousClock.now - lastSync > .seconds(5) { try mark() }
  }

  private func mark() throws {
    try file.synchronize()
    try AtomicFile.write("\(completedRows)", to: marker)
    lastSync = .now
  }

  func finish() throws {
    try file.truncate(toByteCount: end(ofRows: completedRows))
    try file.synchronize()
    guard rename(partial.path, destination.path) == 0 else {
      throw FileError.system(destination, action: "rename it into place", code: errno)
    }
    try? FileManager.default.removeItem(at: marker)
  }
}

/// A file descriptor, closed with its last holder.
private final class OpenFile: Sendable {
  let url: URL
  private let descriptor: Int32

  init(_ url: URL, _ flags: Int32) throws {
    self.url = url
    descriptor = open(url.path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.system(url, action: "open it", code: errno) }
  }

  deinit { close(descriptor) }

  /// Keeps other processes away until the file is closed, even by a kill; false if another one was first.
  func lock() throws -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw FileError.system(url, action: "lock it", code: errno) }
    return false
  }

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
