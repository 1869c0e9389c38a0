import Foundation
import GraftFiles

/// The lines of a text file that came from another machine: with or without a byte order mark, ended by LF or CR LF.
struct TextFile {
  typealias Line = ArraySlice<UInt8>

  let file: URL
  private let bytes: [UInt8]

  /// - Throws: `FileError`.
  init(_ file: URL) throws {
    self.file = file
    bytes = try Bytes(contentsOf: file).array
  }

  /// Calls `body` with the number (from 1) and the bytes of each line that holds anything but blanks.
  func forEachLine(_ body: (Int, Line) throws -> Void) rethrows {
    var start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    var number = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      number += 1
      let line = bytes[start..<end].trimmed
      if !line.isEmpty { try body(number, line) }
      start = end + 1
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
