import Foundation
import GraftFiles

extension CelebA {
  /// `list_attr_celeba.txt`: the number of pictures, a line with the attributes' names, and for each picture its name
  /// and as many values, 1 or -1, separated by blanks. Or `list_attr_celeba.csv`: a header and rows as other programs
  /// write them, see ``Layout``.
  struct AttributeTable {
    private(set) var attributeNames: [String] = []
    private(set) var fileNames: [FileName] = []
    /// The row of each picture.
    private(set) var rows: [FileName: Int] = [:]
    /// Row by row, whether the picture has the attribute.
    private var values: [Bool] = []
    /// How many rows the file says that it has.
    private var promised: Int?
    /// The fields of the header, and what the columns hold, as the first row shows.
    private var header: [String]?
    private var layout: Layout?

    func value(row: Int, column: Int) -> Bool { values[row * attributeNames.count + column] }

    init(_ text: TextFile) throws {
      var separator = FieldSeparator.blanks
      try text.forEachLine { number, line in
        if header != nil {
          try append(separator.fields(of: line), separator, of: text, line: number)
        } else if promised == nil, let count = Int(line.text) {
          promised = count
        } else {
          separator =
            promised == nil || !line.contains(FieldSeparator.tab) ? FieldSeparator(sniffing: line) : .blanks
          try readHeader(line, separator, of: text, line: number)
        }
      }
      if let promised, promised != fileNames.count {
        throw DatasetError(
          text.file, "its first line promises \(promised) rows, and it has \(fileNames.count)",
          remedy: "The file may be cut off, or two of them joined: get it again.")
      }
      guard !fileNames.isEmpty else {
        throw DatasetError(text.file, "it lists no pictures", remedy: "Get the file again.")
      }
    }

    private mutating func readHeader(
      _ line: TextFile.Line, _ separator: FieldSeparator, of text: TextFile, line number: Int
    ) throws {
      let fields = separator.fields(of: line).map(\.text)
      let names: ArraySlice<String>
      switch (promised, separator) {
      case (.some, _): names = fields[...]
      case (nil, .character): names = fields.dropFirst()
      case (nil, .blanks): names = []
      }
      guard !names.isEmpty, names.allSatisfy({ Double($0) == nil }) else {
        throw text.error(
          line: number,
          "the attributes' names should be here, or the number of pictures before them, not “\(line.text.prefix(60))”",
          remedy: """
            A text file begins with the number of pictures and a line of names; a CSV file with a header such as \
            image_id,5_o_Clock_Shadow,… Get the file again.
            """)
      }
      header = promised == nil ? fields : [""] + fields
    }

    private mutating func append(
      _ fields: [TextFile.Line], _ separator: FieldSeparator, of text: TextFile, line: Int
    ) throws {
      guard let layout = layout ?? Layout(header: header ?? [], row: fields), fields.count == layout.width
      else {
        throw text.error(
          line: line,
          "\(fields.count - 1) values where the header names \((header?.count ?? 1) - 1) attributes",
          remedy: remedy)
      }
      if self.layout == nil { (self.layout, attributeNames) = (layout, layout.attributes.map(\.name)) }
      let name = FileName(fields[layout.name])
      guard rows.updateValue(fileNames.count, forKey: name) == nil else {
        throw text.error(line: line, "\(name) is listed a second time", remedy: "Get the file again.")
      }
      fileNames.append(name)
      for (attribute, column) in layout.attributes {
        switch separator.number(fields[column]) {
        case 1: values.append(true)
        case -1: values.append(false)
        default:
          throw text.error(
            line: line, "“\(fields[column].text)” for \(attribute) is neither 1 nor -1",
            remedy: "CelebA writes 1 for yes and -1 for no; convert the file back.")
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

  /// What the columns of a table are: one has the pictures' names, and each of the others an attribute, except the row numbers that
  /// programs put in front and the empty columns that they put at the end.
  private struct Layout {
    let name, width: Int
    let attributes: [(name: String, column: Int)]

    /// - Returns: nil if the row does not have as many fields as the header.
    init?(header: [String], row: [TextFile.Line]) {
      var header = header
      name = FieldSeparator.nameColumn(of: row)
      if row.count == header.count + 1, name > 0 {
        // Row numbers for which the header has no field.
        header.insert("", at: 0)
      }
      guard row.count == header.count else { return nil }
      width = header.count
      attributes = header.enumerated().compactMap { [name] column, title in
        let isNumbering = column < name && ["index", "id", "row"].contains(title.lowercased())
        let isNameless = title.isEmpty || title.hasPrefix("Unnamed:")
        return column == name || isNumbering || isNameless ? nil : (title, column)
      }
    }
  }

  /// `list_eval_partition` and `identity_CelebA`: a number for each picture, `000001.jpg 0`, without a header; or as
  /// CSV, with one. In the order of `table`; pictures that it does not list are skipped.
  static func numbers(in text: TextFile, for table: AttributeTable) throws -> [(number: Int, line: Int)] {
    var found = [(number: Int, line: Int)?](repeating: nil, count: table.fileNames.count)
    var separator: FieldSeparator?
    try text.forEachLine { line, bytes in
      let isFirst = separator == nil
      let used = separator ?? FieldSeparator(sniffing: bytes)
      separator = used
      let fields = used.fields(of: bytes)
      let name = FieldSeparator.nameColumn(of: fields)
      // Row numbers may stand before the name.
      guard fields.count == name + 2,
        let number = used.number(fields[name + 1]).flatMap(Int.init(exactly:))
      else {
        if isFirst, case .character = used { return }
        throw text.error(
          line: line,
          "the name of a picture and a number should be here, not “\(bytes.text.prefix(60))”",
          remedy: "The file may be cut off: get it again.")
      }
      if let row = table.rows[FileName(fields[name])] { found[row] = (number, line) }
    }
    return try found.enumerated().map { row, entry in
      guard let entry else {
        throw DatasetError(
          text.file, "\(table.fileNames[row]) is missing here, though the attributes file lists it",
          remedy: "The file may be cut off, or belong to another copy of CelebA: get both from one place.")
      }
      return entry
    }
  }
}
