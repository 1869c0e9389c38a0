import GraftFiles

extension ZipArchive {
  /// Where the central directory lies.
  static func directory(of bytes: Bytes) throws -> Range<Int> {
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
  static func endRecord(of bytes: Bytes) throws -> Int {
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

  /// Reads one entry.
  static func member(
    at position: Int, in bytes: Bytes, limit: Range<Int>
  ) throws -> (Member, end: Int) {
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
    else { throw damaged(bytes, "the zip file's directory is damaged at byte \(position)") }
    var wide = WideFields(bytes, in: extraStart..<(extraStart + Int(extraCount)))
    guard let fullCount = wide.resolve(count), let fullStoredCount = wide.resolve(storedCount),
      let fullOffset = wide.resolve(headerOffset), fullOffset < limit.lowerBound
    else { throw damaged(bytes, "its sizes or its place lie outside the file", name) }
    let member = Member(
      name: name, flags: flags, method: method, checksum: checksum, storedCount: fullStoredCount,
      count: fullCount, headerOffset: fullOffset, limit: limit.lowerBound)
    return (member, end)
  }

  /// Members must not overlap: files that overlap them on purpose inflate out of all proportion.
  static func separate(_ members: inout [Member], in bytes: Bytes) throws {
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
