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

// MARK: The directory

extension ZipArchive {
  private static func directory(of bytes: Bytes) throws -> Range<Int> {
    let end = try endRecord(of: bytes)
    guard
      var count = bytes.littleEndian(UInt32.self, at: end + 12).map(UInt64.init),
      var offset = bytes.littleEndian(UInt32.self, at: end + 16).map(UInt64.init)
    else { throw damaged(bytes, "the zip file's end record is cut off") }
    var limit = end
    if let extended = try extendedEndRecord(of: bytes, before: end) {
      limit = extended
      count = bytes.littleEndian(UInt64.self, at: extended + 40) ?? .max
      offset = bytes.littleEndian(UInt64.self, at: extended + 48) ?? .max
    }
    guard offset <= UInt64(limit), count <= UInt64(limit) - offset else {
      throw damaged(bytes, "the zip file's directory lies outside the file")
    }
    return Int(offset)..<Int(offset + count)
  }

  /// The end record stands last, before a comment whose length it states.
  private static func endRecord(of bytes: Bytes) throws -> Int {
    let last = bytes.count - 22
    for position in stride(from: last, through: max(0, last - 0xffff), by: -1)
    where bytes.littleEndian(UInt32.self, at: position) == 0x0605_4b50 {
      guard let comment = bytes.littleEndian(UInt16.self, at: position + 20) else { continue }
      if position + 22 + Int(comment) == bytes.count { return position }
    }
    throw damaged(bytes, "the zip file's directory is missing: the end of the file is cut off")
  }

  private static func extendedEndRecord(of bytes: Bytes, before end: Int) throws -> Int? {
    guard bytes.littleEndian(UInt32.self, at: end - 20) == 0x0706_4b50 else { return nil }
    guard let offset = bytes.littleEndian(UInt64.self, at: end - 12), offset <= UInt64(end - 20),
      bytes.littleEndian(UInt32.self, at: Int(offset)) == 0x0606_4b50
    else { throw damaged(bytes, "the zip file's ZIP64 end record is not where it should be") }
    return Int(offset)
  }

  private static func member(at position: Int, in bytes: Bytes, limit: Range<Int>) throws -> (
    Member, end: Int
  ) {
    guard bytes.littleEndian(UInt32.self, at: position) == 0x0201_4b50,
      let flags = bytes.littleEndian(UInt16.self, at: position + 8),
      let method = bytes.littleEndian(UInt16.self, at: position + 10),
      let checksum = bytes.littleEndian(UInt32.self, at: position + 16),
      let storedCount = bytes.littleEndian(UInt32.self, at: position + 20),
      let count = bytes.littleEndian(UInt32.self, at: position + 24),
      let nameCount = bytes.littleEndian(UInt16.self, at: position + 28),
      let extraCount = bytes.littleEndian(UInt16.self, at: position + 30),
      let commentCount = bytes.littleEndian(UInt16.self, at: position + 32),
      let headerOffset = bytes.littleEndian(UInt32.self, at: position + 42)
    else { throw damaged(bytes, "the zip file's directory is damaged at byte \(position)") }
    let extraStart = position + 46 + Int(nameCount)
    let end = extraStart + Int(extraCount) + Int(commentCount)
    guard end <= limit.upperBound, let name = bytes.slice(from: position + 46, count: Int(nameCount))?.text
    else {
      throw damaged(bytes, "the zip file's directory is damaged at byte \(position)")
    }
    var wide = WideFields(bytes, in: extraStart..<(extraStart + Int(extraCount)))
    guard let fullCount = wide.resolve(count), let fullStoredCount = wide.resolve(storedCount),
      let fullOffset = wide.resolve(headerOffset), fullOffset < limit.lowerBound
    else { throw damaged(bytes, "its sizes or its place lie outside the file", name) }
    let member = Member(
      name: name, flags: flags, method: method, checksum: checksum, storedCount: fullStoredCount,
      count: fullCount,
      headerOffset: fullOffset, limit: limit.lowerBound)
    return (member, end)
  }

  /// Members must not overlap: files that overlap them on purpose inflate out of all proportion.
  private static func separate(_ members: inout [Member], in bytes: Bytes) throws {
    let order = members.indices.sorted { members[$0].headerOffset < members[$1].headerOffset }
    for (index, next) in zip(order, order.dropFirst()) {
      members[index].limit = members[next].headerOffset
      guard members[index].limit > members[index].headerOffset else {
        throw damaged(bytes, "it shares its bytes with \(members[next].name)", members[index].name)
      }
    }
  }

  /// The numbers of the ZIP64 extra field, which stand for those that are all ones in the entry, in this order.
  private struct WideFields {
    private let bytes: Bytes
    private var position: Int
    private var end: Int

    init(_ bytes: Bytes, in extra: Range<Int>) {
      self.bytes = bytes
      (position, end) = (extra.upperBound, extra.upperBound)
      var field = extra.lowerBound
      while field + 4 <= extra.upperBound, let kind = bytes.littleEndian(UInt16.self, at: field),
        let count = bytes.littleEndian(UInt16.self, at: field + 2)
      {
        if kind == 1 {
          position = field + 4
          end = min(position + Int(count), extra.upperBound)
          return
        }
        field += 4 + Int(count)
      }
    }

    mutating func resolve(_ value: UInt32) -> Int? {
      guard value == .max else { return Int(value) }
      // Without the field, the number is what it says.
      guard position < end else { return Int(value) }
      defer { position += 8 }
      guard position + 8 <= end, let wide = bytes.littleEndian(UInt64.self, at: position) else { return nil }
      return Int(exactly: wide)
    }
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
    guard Checksum.crc32(content) == member.checksum else {
      throw Self.damaged(bytes, "its CRC-32 checksum does not match: bytes have changed", member.name)
    }
    return content
  }

  /// A member's bytes as they lie in the file.
  private func data(of member: Member) throws -> Bytes {
    guard member.flags & 1 == 0 else {
      throw WeightFileError(.unsupported, bytes.file, part: member.name, "it is encrypted")
    }
    guard member.method == 0 || member.method == 8 else {
      let problem =
        "it is compressed by method \(member.method), and only stored and deflated members are read"
      throw WeightFileError(.unsupported, bytes.file, part: member.name, problem)
    }
    // The local header's extra field may differ in length from the directory's.
    guard bytes.littleEndian(UInt32.self, at: member.headerOffset) == 0x0403_4b50,
      let nameCount = bytes.littleEndian(UInt16.self, at: member.headerOffset + 26),
      let extraCount = bytes.littleEndian(UInt16.self, at: member.headerOffset + 28)
    else { throw Self.damaged(bytes, "its local header is not where the directory says", member.name) }
    let start = member.headerOffset + 30 + Int(nameCount) + Int(extraCount)
    guard start <= member.limit, member.storedCount <= member.limit - start,
      let data = bytes.slice(from: start, count: member.storedCount),
      member.method != 0 || member.count == member.storedCount
    else {
      let problem = "the directory promises \(member.storedCount) stored bytes, more than there are"
      throw Self.damaged(bytes, problem, member.name)
    }
    return data
  }
}
