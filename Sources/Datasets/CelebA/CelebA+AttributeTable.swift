import Foundation

extension CelebA {
  /// `list_attr_celeba.txt`: the number of pictures, a line with the attributes' names, and for each picture its name
  /// and as many values, 1 or -1, between runs of blanks. Or `list_attr_celeba.csv`: a header that begins with the
  /// column of the pictures' names, then the same rows, between commas or semicolons.
  struct AttributeTable {
    private(set) var attributeNames: [String] = []
    private(set) var fileNames: [String] = []
    /// The row of each picture.
    private(set) var rows: [String: Int] = [:]
    /// Row by row, whether the picture has the attribute.
    private var values: [Bool] = []
    /// How many rows the file says that it has.
    private var promised: Int?

    func value(row: Int, column: Int) -> Bool { values[row * attributeNames.count + column] }

    init(_ file: URL) throws {
      let text = try TextFile(file)
      var separator = Separator.blanks
      try text.forEachLine { number, line in
        if !attributeNames.isEmpty {
          try append(separator.fields(of: line), of: text, line: number)
        } else if promised == nil, let count = Int(line.text) {
          promised = count
        } else {
          separator = Separator(sniffing: line)
          try readHeader(line, separator, of: text, line: number)
        }
      }
      if let promised, promised != fileNames.count {
        throw DatasetError(
          file, "its first line promises \(promised) rows, and it has \(fileNames.count)",
          remedy: "The file may be cut off, or two of them joined: get it again.")
      }
      guard !fileNames.isEmpty else {
        throw DatasetError(file, "it lists no pictures", remedy: "Get the file again.")
      }
    }

    private mutating func readHeader(
      _ header: TextFile.Line, _ separator: Separator, of text: TextFile, line: Int
    ) throws {
      let fields = separator.fields(of: header).map(\.text)
      switch (promised, separator) {
      case (.some, _): attributeNames = fields
      case (nil, .character): attributeNames = Array(fields.dropFirst())
      case (nil, .blanks): attributeNames = []
      }
      guard !attributeNames.isEmpty, attributeNames.allSatisfy({ Int($0) == nil }) else {
        throw text.error(
          line: line,
          "there should be the attributes' names here, or their number before, not “\(header.text.prefix(60))”",
          remedy: """
            A text file begins with the number of pictures and a line of names; a CSV file with a header such as \
            image_id,5_o_Clock_Shadow,… Get the file again.
            """)
      }
    }

    private mutating func append(_ fields: [TextFile.Line], of text: TextFile, line: Int) throws {
      guard fields.count == attributeNames.count + 1 else {
        throw text.error(
          line: line, "\(fields.count - 1) values where the header names \(attributeNames.count) attributes",
          remedy: remedy)
      }
      let name = fields[0].text
      guard rows.updateValue(fileNames.count, forKey: name) == nil else {
        throw text.error(line: line, "\(name) is listed a second time", remedy: "Get the file again.")
      }
      fileNames.append(name)
      for (column, field) in fields.dropFirst().enumerated() {
        if field.elementsEqual("1".utf8) {
          values.append(true)
        } else if field.elementsEqual("-1".utf8) {
          values.append(false)
        } else {
          throw text.error(
            line: line, "“\(field.text)” for \(attributeNames[column]) is neither 1 nor -1",
            remedy: "CelebA writes 1 for yes and -1 for no; a converted file must be turned back.")
        }
      }
    }

    private var remedy: String {
      guard let promised else {
        return "The file may be cut off: \(fileNames.count) rows were read before this one."
      }
      return
        "The file may be cut off: its first line promises \(promised) rows, \(fileNames.count) were read."
    }
  }

  /// What stands between the fields of a row.
  enum Separator {
    case blanks
    case character(UInt8)

    /// Takes what the first line of the file uses; some copies were exported with semicolons.
    init(sniffing line: TextFile.Line) {
      let candidates = [UInt8(ascii: ";"), UInt8(ascii: ",")]
      self = candidates.first(where: line.contains).map(Separator.character) ?? .blanks
    }

    func fields(of line: TextFile.Line) -> [TextFile.Line] {
      switch self {
      case .blanks: line.words
      case .character(let separator):
        line.split(separator: separator, omittingEmptySubsequences: false).map(\.trimmed)
      }
    }
  }

  /// `list_eval_partition` and `identity_CelebA`: a number for each picture, `000001.jpg 0`, without a header; or as
  /// CSV, with one. In the order of `table`; what it does not list is passed over.
  static func numbers(in file: URL, for table: AttributeTable) throws -> [(number: Int, line: Int)] {
    let text = try TextFile(file)
    var found = [(number: Int, line: Int)?](repeating: nil, count: table.fileNames.count)
    var separator: Separator?
    try text.forEachLine { line, bytes in
      let isFirst = separator == nil
      let used = separator ?? Separator(sniffing: bytes)
      separator = used
      let fields = used.fields(of: bytes).map(\.text)
      guard fields.count == 2, let number = Int(fields[1]) else {
        if isFirst, case .character = used { return }
        throw text.error(
          line: line,
          "there should be the name of a picture and a number here, not “\(bytes.text.prefix(60))”",
          remedy: "The file may be cut off: get it again.")
      }
      if let row = table.rows[fields[0]] { found[row] = (number, line) }
    }
    return try found.enumerated().map { row, entry in
      guard let entry else {
        throw DatasetError(
          file, "\(table.fileNames[row]) is missing here, though it is among the attributes",
          remedy: "The file may be cut off, or belong to another copy of CelebA: get both from one place.")
      }
      return entry
    }
  }
}
