import Foundation
import GraftFiles

extension EventFile {
  /// One record of a TFRecord file: the count of its bytes and the bytes, each followed by a masked check
  /// (tensorflow.org/tutorials/load_data/tfrecord).
  struct Record {
    let content: [UInt8]

    init(_ event: Event) { content = event.bytes }

    /// Reads the record at an offset.
    ///
    /// - Returns: the record and the offset of the next one; nil if the file ends within it, as after a kill.
    /// - Throws: ``EventFileError`` if a check does not fit.
    init?(in bytes: Bytes, at offset: inout Int) throws {
      let start = offset
      guard let header = bytes.slice(from: start, count: 12),
        let length = header.littleEndian(UInt64.self, at: 0),
        let lengthCheck = header.littleEndian(UInt32.self, at: 8)
      else { return nil }
      guard lengthCheck == Self.maskedChecksum(of: header.array.prefix(8)) else {
        throw EventFileError(
          bytes.file,
          "the count of the record at byte \(start) does not fit its check: damaged, or no event file")
      }
      guard let count = Int(exactly: length), count <= bytes.count - start - 12,
        let content = bytes.slice(from: start + 12, count: count)?.array,
        let check = bytes.littleEndian(UInt32.self, at: start + 12 + count)
      else { return nil }
      guard check == Self.maskedChecksum(of: content) else {
        throw EventFileError(bytes.file, "the record at byte \(start) does not fit its check: it is damaged")
      }
      self.content = content
      offset = start + 16 + count
    }

    var bytes: [UInt8] {
      let count = littleEndian(UInt64(content.count))
      return count + littleEndian(Self.maskedChecksum(of: count)) + content
        + littleEndian(Self.maskedChecksum(of: content))
    }

    /// Turned and shifted, because the check of bytes that hold their own check says nothing.
    private static func maskedChecksum(of bytes: some Sequence<UInt8>) -> UInt32 {
      let check = CRC32C.checksum(of: bytes)
      return (check >> 15 | check << 17) &+ 0xa282_ead8
    }
  }

  /// What a file holds already.
  struct Contents {
    /// The bytes of all complete records.
    private(set) var completeCount = 0
    /// By tag.
    private(set) var lastSteps: [String: Int] = [:]

    /// Nothing yet.
    init() {}

    /// Reads a file up to its last complete record.
    init(of file: URL) throws {
      let bytes = try Bytes(contentsOf: file)
      while let record = try Record(in: bytes, at: &completeCount) {
        guard let stored = StoredEvent(record.content) else {
          throw EventFileError(file, "the record before byte \(completeCount) is no event")
        }
        for tag in stored.tags { lastSteps[tag] = max(lastSteps[tag] ?? stored.step, stored.step) }
      }
    }
  }
}

/// The bytes of a number, least significant first.
func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
