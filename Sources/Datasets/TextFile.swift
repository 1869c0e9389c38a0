import Foundation
import GraftFiles

/// The lines of a text file that came from another machine: in UTF-8, or in UTF-16 with a byte order mark; ended by LF, CR LF
/// or CR.
struct TextFile {
  typealias Line = ArraySlice<UInt8>

  let file: URL
  private let bytes: [UInt8]

  /// - Throws: `FileError`, or ``DatasetError`` if it is no text, or empty.
  init(_ file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  /// - Throws: ``DatasetError`` if it is no text, or if there is none in it: a list of a data set names something.
  init(_ content: Bytes) throws {
    file = content.file
    if let archive = Self.archives.first(where: { content.starts(with: $0.signature) }) {
      throw DatasetError(
        file, "this is \(archive.name), and a text file is wanted here",
        remedy: "Unpack it, and put what comes out in its place.")
    }
    bytes = try Self.utf8(content.array, file)
    guard bytes.contains(where: { !$0.isBlank }) else {
      throw DatasetError(
        file, "this list is empty\(bytes.isEmpty ? "" : " but for blanks")",
        remedy: "A download or a copy of it may have been cut off: get the file again.")
    }
  }

  private static let archives: [(name: String, signature: [UInt8])] = [
    ("a gzip file", [0x1f, 0x8b]), ("a zip file or a spreadsheet", Array("PK\u{3}\u{4}".utf8)),
    ("a bzip2 file", Array("BZh".utf8)), ("an xz file", [0xfd, 0x37, 0x7a, 0x58, 0x5a]),
    ("a 7z file", Array("7z".utf8) + [0xbc, 0xaf]),
  ]

  /// The text without its byte order mark.
  private static func utf8(_ bytes: [UInt8], _ file: URL) throws -> [UInt8] {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return Array(bytes[3...]) }
    let isLittleEndian = bytes.starts(with: [0xff, 0xfe])
    guard isLittleEndian || bytes.starts(with: [0xfe, 0xff]) else { return bytes }
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { start in
      let (low, high) = isLittleEndian ? (start, start + 1) : (start + 1, start)
      return UInt16(bytes[high]) << 8 | UInt16(bytes[low])
    }
    guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
      throw DatasetError(
        file, "it begins as UTF-16 does, and is not UTF-16", remedy: "Write it again as UTF-8.")
    }
    return Array(text.utf8)
  }

  /// Calls `body` with the number (from 1) and the bytes of each line that holds anything but blanks.
  ///
  /// - Parameter trimming: whether blanks at both ends are left out; they are fields where tabs separate them.
  func forEachLine(trimming: Bool = true, _ body: (Int, Line) throws -> Void) rethrows {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var start = 0
    var number = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex { $0 == lineFeed || $0 == carriageReturn } ?? bytes.count
      number += 1
      let line = bytes[start..<end]
      let trimmed = line.trimmed
      if !trimmed.isEmpty { try body(number, trimming ? trimmed : line) }
      let isPair = end + 1 < bytes.count && bytes[end] == carriageReturn && bytes[end + 1] == lineFeed
      start = end + (isPair ? 2 : 1)
    }
  }

  func error(line: Int, _ problem: String, remedy: String) -> DatasetError {
    DatasetError(file, line: line, problem, remedy: remedy)
  }
}

extension ArraySlice<UInt8> {
  /// Without blanks at either end; a carriage return is one.
  var trimmed: Self {
    var (start, end) = (startIndex, endIndex)
    while start < end, self[start].isBlank { start += 1 }
    while start < end, self[end - 1].isBlank { end -= 1 }
    return self[start..<end]
  }

  /// The fields between runs of blanks.
  var words: [Self] { split(whereSeparator: \.isBlank) }

  /// As text; what is not UTF-8 shows as �.
  var text: String { String(decoding: self, as: UTF8.self) }
}

extension UInt8 {
  var isBlank: Bool { self == UInt8(ascii: " ") || (9...13).contains(self) }
}
