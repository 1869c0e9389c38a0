/// The separator between the fields of a row.
enum FieldSeparator {
  case blanks
  case character(UInt8)

  static let tab = UInt8(ascii: "\t")
  private static let quote = UInt8(ascii: "\"")

  /// Takes what the first line of the file uses; some copies were exported with semicolons or tabs.
  init(sniffing line: TextFile.Line) {
    let candidates = [UInt8(ascii: ";"), UInt8(ascii: ","), Self.tab]
    self = candidates.first(where: line.contains).map(FieldSeparator.character) ?? .blanks
  }

  /// The fields, without the quotes that some programs put around each.
  func fields(of line: TextFile.Line) -> [TextFile.Line] {
    switch self {
    case .blanks: line.words.map(Self.unquoted)
    case .character(let separator):
      line.contains(Self.quote)
        ? Self.quotedFields(of: line, separator)
        : line.split(separator: separator, omittingEmptySubsequences: false).map(\.trimmed)
    }
  }

  private static func quotedFields(of line: TextFile.Line, _ separator: UInt8) -> [TextFile.Line] {
    var fields: [TextFile.Line] = []
    var (start, isQuoted) = (line.startIndex, false)
    for index in line.indices {
      if line[index] == quote { isQuoted.toggle() }
      if line[index] == separator, !isQuoted {
        fields.append(line[start..<index])
        start = index + 1
      }
    }
    fields.append(line[start...])
    return fields.map { unquoted($0.trimmed) }
  }

  /// A quote within quotes is written twice.
  private static func unquoted(_ field: TextFile.Line) -> TextFile.Line {
    guard field.count >= 2, field.first == quote, field.last == quote else { return field }
    var wasQuote = false
    return field.dropFirst().dropLast().filter { byte in
      wasQuote = byte == quote && !wasQuote
      return byte != quote || !wasQuote
    }[...]
  }

  /// A number, also with a point and digits after it; with a comma where that does not separate fields.
  func number(_ field: TextFile.Line) -> Double? {
    if field.elementsEqual("1".utf8) { return 1 }
    if field.elementsEqual("-1".utf8) { return -1 }
    guard case .character(let separator) = self, separator != UInt8(ascii: ",") else {
      return Double(field.text)
    }
    return Double(field.text.replacing(",", with: "."))
  }

  /// Which field is the name of a picture: the first that is no number, for numbers of rows may stand before it.
  static func nameColumn(of fields: [TextFile.Line]) -> Int {
    fields.firstIndex { Double($0.text) == nil } ?? 0
  }
}
