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
  /// How large the file is.
  public let byteCount: Int
  private let scalarType: ScalarType
  private let file: OpenFile

  init(file: URL, count: Int, scalarType: ScalarType) throws {
    try self.init(OpenFile(file, O_RDONLY), count: count, scalarType: scalarType)
  }

  /// Nil if there is no such file.
  init?(ifThere file: URL, count: Int, scalarType: ScalarType) throws {
    guard let open = try OpenFile(ifThere: file, O_RDONLY) else { return nil }
    try self.init(open, count: count, scalarType: scalarType)
  }

  private init(_ open: OpenFile, count: Int, scalarType: ScalarType) throws {
    let file = open.url
    self.file = open
    self.count = count
    self.scalarType = scalarType
    // Whoever makes room leaves files alone that somebody holds, and takes those first that were used least recently.
    _ = try open.lock(.shared)
    open.markAsUsed()
    guard let header = try FeatureFileHeader(in: self.file) else {
      throw FeatureFileError(file: file, "these are no cached features of this version of Graft")
    }
    shape = header.shape
    let expected = FeatureFileHeader.byteCount + count * Row.byteCount(shape, scalarType)
    byteCount = try self.file.byteCount
    guard byteCount == expected else {
      throw FeatureFileError(
        file: file, "the cached features are \(byteCount) bytes and should be \(expected)")
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
    let words = text.dropFirst(Self.magic.count).split { $0 == " " || $0 == "\n" }
    // A damaged header is none: its numbers are not to be computed with.
    let lengths = words.compactMap { Int($0) }.filter { (1...Self.largestLength).contains($0) }
    guard lengths.count == words.count, (1...3).contains(lengths.count) else { return nil }
    shape = Tensor.Shape(lengths)
  }

  /// Three such lengths, and the bytes of their numbers, fit an Int.
  private static let largestLength = 1 << 19

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

  /// - Parameter lock: keeps others away from a file, where the file system can.
  init(
    file destination: URL, scalarType: ScalarType,
    lock: (OpenFile) throws -> OpenFile.LockOutcome = { try $0.lock(.exclusive) }
  ) throws {
    self.destination = destination
    self.scalarType = scalarType
    var partial = destination.appendingPathExtension("partial")
    var marker = destination.appendingPathExtension("progress")
    try FileManager.default.createDirectory(
      at: destination.deletingLastPathComponent(), withIntermediateDirectories: true)
    let open = try OpenFile(partial, O_RDWR | O_CREAT)
    switch try lock(open) {
    // Whoever held the lock may have moved the file into place meanwhile: then this one is no longer partial.
    case .taken where try open.isAt(partial): file = open
    case .taken, .busy: throw FeaturesInProgress(file: partial)
    case .unsupported:
      // Where nobody can be kept away, each writer has a file of its own, and nothing of an earlier call is gone on with.
      partial = destination.appendingPathExtension("\(getpid()).partial")
      marker = destination.appendingPathExtension("\(getpid()).progress")
      file = try OpenFile(partial, O_RDWR | O_CREAT | O_TRUNC)
    }
    (self.partial, self.marker) = (partial, marker)
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
