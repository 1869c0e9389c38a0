import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The bytes of a file, or a range of them, mapped into memory and only ever read with a check of the bounds.
///
/// A value: taking a range shares the mapping, which lives as long as any of its ranges.
public struct Bytes: Sendable {
  private let mapping: Mapping
  private let range: Range<Int>

  /// Where these bytes come from, for messages.
  public var file: URL { mapping.file }
  /// How many bytes there are.
  public var count: Int { range.count }

  /// Maps a file.
  ///
  /// - Throws: ``FileError`` if there is no such file, or it cannot be read.
  public init(contentsOf file: URL) throws {
    mapping = try Mapping(file)
    range = 0..<mapping.count
  }

  /// Takes bytes that are in memory already, such as what came out of a decompressor.
  ///
  /// - Parameter file: where they come from, for messages.
  public init(_ bytes: [UInt8], file: URL) {
    mapping = Mapping(bytes, file: file)
    range = 0..<bytes.count
  }

  private init(mapping: Mapping, range: Range<Int>) {
    self.mapping = mapping
    self.range = range
  }

  /// A part of these bytes; nil if it does not lie inside, however large the numbers are.
  public func slice(from offset: Int, count: Int) -> Bytes? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    let start = range.lowerBound + offset
    return Bytes(mapping: mapping, range: start..<(start + count))
  }

  /// One byte; nil outside.
  public subscript(offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return unsafe mapping.bytes[range.lowerBound + offset]
  }

  /// An integer at any address, stored least significant byte first; nil if it does not lie inside.
  public func littleEndian<Integer: FixedWidthInteger>(_ type: Integer.Type, at offset: Int) -> Integer? {
    guard offset >= 0, offset <= count, count - offset >= MemoryLayout<Integer>.size else { return nil }
    let start = range.lowerBound + offset
    return unsafe Integer(littleEndian: mapping.bytes.loadUnaligned(fromByteOffset: start, as: type))
  }

  /// Calls `body` with the bytes, which stay where they are as long as ``owner`` lives.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(mapping) {
      try unsafe body(UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
    }
  }

  /// Lets the system use the memory of these bytes for something else; it reads them from the file again where they are
  /// wanted again. For what has been copied and would lie in memory twice. Does nothing for bytes that no file holds.
  public func releasePages() {
    guard mapping.isMapped else { return }
    // Only whole pages, as their neighbours may be in use.
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let (start, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
    guard start < end else { return }
    let pages = unsafe UnsafeRawBufferPointer(rebasing: mapping.bytes[start..<end])
    _ = unsafe madvise(UnsafeMutableRawPointer(mutating: pages.baseAddress), pages.count, MADV_DONTNEED)
  }

  /// What keeps the memory alive.
  public var owner: AnyObject { mapping }

  /// A copy of the bytes.
  public var array: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }

  /// The bytes as text; nil if they are not UTF-8.
  public var text: String? { String(validating: array, as: UTF8.self) }

  /// Whether the bytes begin with these.
  public func starts(with prefix: [UInt8]) -> Bool { slice(from: 0, count: prefix.count)?.array == prefix }
}

/// A mapped file, unmapped when the last range of it goes.
@safe private final class Mapping: @unchecked Sendable {
  let file: URL
  let bytes: UnsafeRawBufferPointer
  let isMapped: Bool

  var count: Int { unsafe bytes.count }

  init(_ file: URL) throws {
    self.file = file
    // Opening a pipe would otherwise wait for somebody to write to it.
    let descriptor = unsafe file.withPath { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw FileError.system(file, action: "open it", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw FileError.system(file, action: "look at it", code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError.notAFile(file) }
    let count = Int(status.st_size)
    guard count > 0 else {
      unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      isMapped = false
      return
    }
    let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw FileError.system(file, action: "map it", code: errno)
    }
    unsafe bytes = UnsafeRawBufferPointer(start: address, count: count)
    isMapped = true
  }

  init(_ array: [UInt8], file: URL) {
    self.file = file
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 64)
    unsafe copy.copyBytes(from: array)
    unsafe bytes = UnsafeRawBufferPointer(copy)
    isMapped = false
  }

  deinit {
    guard let address = unsafe bytes.baseAddress else { return }
    if isMapped {
      unsafe munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
    } else {
      unsafe bytes.deallocate()
    }
  }
}
