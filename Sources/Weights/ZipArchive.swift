import Foundation
import GraftFiles

/// The directory of a zip file, with its members read on demand (PKWARE's APPNOTE 6.3; stored and deflated members,
/// ZIP64 included).
///
/// Sizes and checksums come from the central directory only: PyTorch leaves them out of the local headers.
struct ZipArchive: Sendable {
  /// One entry of the directory.
  struct Member: Sendable {
    let name: String
    let flags: UInt16
    let method: UInt16
    let checksum: UInt32
    let storedCount: Int
    let count: Int
    let headerOffset: Int
    /// Where the next member or the directory begins: this one's data must end before.
    var limit: Int
  }

  /// How a zip file begins, and one without members.
  static let magic: [UInt8] = [0x50, 0x4b, 3, 4]
  static let emptyMagic: [UInt8] = [0x50, 0x4b, 5, 6]

  let bytes: Bytes
  /// In the order of the directory.
  let members: [Member]
  private let indices: [String: Int]

  /// Reads the directory.
  ///
  /// - Throws: ``WeightFileError`` if it is cut off or contradicts itself, or lists a name twice.
  init(_ bytes: Bytes) throws {
    self.bytes = bytes
    let directory = try Self.directory(of: bytes)
    var members: [Member] = []
    var indices: [String: Int] = [:]
    var position = directory.lowerBound
    while position < directory.upperBound {
      let (member, end) = try Self.member(at: position, in: bytes, limit: directory)
      guard indices.updateValue(members.count, forKey: member.name) == nil else {
        throw Self.damaged(
          bytes, "two members are called \(member.name), and only one can be meant", member.name)
      }
      members.append(member)
      position = end
    }
    try Self.separate(&members, in: bytes)
    self.members = members
    self.indices = indices
  }

  subscript(name: String) -> Member? { indices[name].map { members[$0] } }

  static func damaged(_ bytes: Bytes, _ problem: String, _ part: String? = nil) -> WeightFileError {
    WeightFileError(.damaged, bytes.file, part: part, problem)
  }
}

// MARK: The members

extension ZipArchive {
  /// The first bytes of a member, at most `count`, unchecked: enough to learn what it announces.
  ///
  /// - Throws: ``WeightFileError``.
  func prefix(of member: Member, count: Int) throws -> Bytes {
    let data = try data(of: member)
    let count = min(count, member.count)
    guard member.method != 0 else { return data.slice(from: 0, count: count) ?? data }
    return try Bytes(Inflater.inflate(data, count: count, part: member.name).bytes, file: bytes.file)
  }

  /// A member whole, its checksum verified.
  ///
  /// - Parameter announcedCount: how many bytes its content says it has; not one more is inflated.
  /// - Throws: ``WeightFileError``, also if the member is longer or shorter than announced.
  func content(of member: Member, announcedCount: Int) throws -> Bytes {
    guard announcedCount == member.count else {
      let problem =
        "it announces \(announcedCount) bytes, and the zip file's directory promises \(member.count)"
      throw Self.damaged(bytes, problem, member.name)
    }
    let data = try data(of: member)
    let content: Bytes
    if member.method == 0 {
      content = data
    } else {
      let (inflated, isComplete) = try Inflater.inflate(data, count: member.count, part: member.name)
      guard isComplete else {
        throw Self.damaged(
          bytes, "it inflates to more than the \(member.count) bytes that it announces", member.name)
      }
      content = Bytes(inflated, file: bytes.file)
    }
    try verify(content, of: member)
    return content
  }

  /// Checks a member's content against its checksum.
  ///
  /// - Parameter needsChecksum: false where a checksum of 0 says that there is none: PyTorch can be told to leave it out.
  /// - Throws: ``WeightFileError``.
  func verify(_ content: Bytes, of member: Member, needsChecksum: Bool = true) throws {
    guard !needsChecksum && member.checksum == 0 || Checksum.crc32(content) == member.checksum else {
      throw Self.damaged(bytes, "its CRC-32 checksum does not match: bytes have changed", member.name)
    }
  }

  /// A member's bytes as they lie in the file.
  ///
  /// - Throws: ``WeightFileError``.
  func data(of member: Member) throws -> Bytes {
    guard member.flags & 1 == 0 else {
      throw WeightFileError(.unsupported, bytes.file, part: member.name, "it is encrypted")
    }
    guard member.method == 0 || member.method == 8 else {
      let problem =
        "it is compressed by method \(member.method), and only stored and deflated members are read"
      throw WeightFileError(.unsupported, bytes.file, part: member.name, problem)
    }
    let start = try dataStart(of: member)
    guard start <= member.limit, member.storedCount <= member.limit - start,
      let data = bytes.slice(from: start, count: member.storedCount),
      member.method != 0 || member.count == member.storedCount
    else {
      let problem = "the directory promises \(member.storedCount) stored bytes, more than there are"
      throw Self.damaged(bytes, problem, member.name)
    }
    return data
  }

  /// Where a member's bytes begin, behind its local header, which must not describe another member than the directory
  /// does: readers that go by the one would then see other bytes than readers that go by the other.
  private func dataStart(of member: Member) throws -> Int {
    let header = member.headerOffset
    guard bytes.littleEndian(UInt32.self, at: header) == 0x0403_4b50,
      let flags = bytes.littleEndian(UInt16.self, at: header + 6),
      let method = bytes.littleEndian(UInt16.self, at: header + 8),
      let storedCount = bytes.littleEndian(UInt32.self, at: header + 18),
      let nameCount = bytes.littleEndian(UInt16.self, at: header + 26),
      let extraCount = bytes.littleEndian(UInt16.self, at: header + 28)
    else { throw Self.damaged(bytes, "its local header is not where the directory says", member.name) }
    // Sizes may follow the data (flag 8) or stand in the extra field.
    let saysSize = flags & 8 == 0 && storedCount != .max
    guard method == member.method, !saysSize || Int(storedCount) == member.storedCount,
      bytes.slice(from: header + 30, count: Int(nameCount))?.array == Array(member.name.utf8)
    else { throw Self.damaged(bytes, "its local header says other things than the directory", member.name) }
    // The extra field may differ in length from the directory's.
    return header + 30 + Int(nameCount) + Int(extraCount)
  }
}
