import Foundation
import GraftFiles

/// Writes a zip file of stored members.
///
/// Every size is written in ZIP64 fields, whether it needs them or not: one way, which small tests prove for large files.
struct ZipWriter {
  /// Members begin at multiples of this, so that a reader can use the mapped bytes in place.
  private static let alignment = 64
  private static let version: UInt16 = 45
  /// The first of January 1980, the beginning of time in zip files: the same input gives the same bytes.
  private static let date: UInt32 = 0x0021_0000
  private static let utf8Names: UInt16 = 0x0800

  private let file: AtomicFile
  private var position = 0
  private var directory: [UInt8] = []
  private var memberCount = 0

  init(at destination: URL) throws { file = try AtomicFile(at: destination) }

  /// Appends a member that consists of a head and a body.
  mutating func add(_ name: String, _ head: [UInt8], _ body: UnsafeRawBufferPointer) throws {
    let name = Array(name.utf8)
    let count = UInt64(head.count + body.count)
    let checksum = unsafe head.withUnsafeBytes {
      unsafe Checksum.crc32(body, continuing: Checksum.crc32($0))
    }
    let sizes: [UInt8] = Self.bytes(count) + Self.bytes(count)
    let offset = position
    let description =
      Self.bytes(Self.version) + Self.bytes(Self.utf8Names) + Self.bytes(UInt16(0)) + Self.bytes(Self.date)
      + Self.bytes(checksum) + Self.bytes(UInt32.max) + Self.bytes(UInt32.max)
      + Self.bytes(UInt16(name.count))

    var extra = Self.field(1, sizes)
    extra += padding(from: offset + 30 + name.count + extra.count)
    let header =
      Self.bytes(UInt32(0x0403_4b50)) + description + Self.bytes(UInt16(extra.count)) + name + extra
    try file.write(header)
    try file.write(head)
    try unsafe file.write(body)
    position += header.count + Int(count)

    let wide = Self.field(1, sizes + Self.bytes(UInt64(offset)))
    directory += Self.bytes(UInt32(0x0201_4b50)) + Self.bytes(Self.version) + description
    directory += Self.bytes(UInt16(wide.count)) + [UInt8](repeating: 0, count: 10)
    directory += Self.bytes(UInt32.max) + name + wide
    memberCount += 1
  }

  /// Writes the directory, with a comment on the whole file, and brings the file to its name.
  func finish(comment: String = "") throws {
    let comment = Array(comment.utf8.prefix(Int(UInt16.max)))
    let counts = Self.bytes(UInt64(memberCount)) + Self.bytes(UInt64(memberCount))
    let place = Self.bytes(UInt64(directory.count)) + Self.bytes(UInt64(position))
    let end =
      Self.bytes(UInt32(0x0606_4b50)) + Self.bytes(UInt64(44)) + Self.bytes(Self.version)
      + Self.bytes(Self.version)
      + Self.bytes(UInt64(0)) + counts + place
    let locator =
      Self.bytes(UInt32(0x0706_4b50)) + Self.bytes(UInt32(0)) + Self.bytes(UInt64(position + directory.count))
      + Self.bytes(UInt32(1))
    let oldEnd =
      Self.bytes(UInt32(0x0605_4b50)) + Self.bytes(UInt32(0)) + [UInt8](repeating: 0xff, count: 12)
      + Self.bytes(UInt16(comment.count)) + comment
    try file.write(directory + end + locator + oldEnd)
    try file.commit()
  }

  /// An extra field that moves the data, which follows it, to the next multiple of the alignment (Android's zipalign
  /// writes the same field).
  private func padding(from start: Int) -> [UInt8] {
    let empty = Self.field(0xd935, Self.bytes(UInt16(Self.alignment)))
    let missing = (Self.alignment - (start + empty.count) % Self.alignment) % Self.alignment
    return Self.field(0xd935, Self.bytes(UInt16(Self.alignment)) + [UInt8](repeating: 0, count: missing))
  }

  private static func field(_ kind: UInt16, _ content: [UInt8]) -> [UInt8] {
    bytes(kind) + bytes(UInt16(content.count)) + content
  }

  private static func bytes<Integer: FixedWidthInteger>(_ integer: Integer) -> [UInt8] {
    (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: integer >> (8 * $0)) }
  }
}
