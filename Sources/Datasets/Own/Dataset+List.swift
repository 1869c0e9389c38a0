import Foundation
import GraftFiles
import GraftImages

extension Dataset {
  /// Which columns of a list hold what, by the names in its first line.
  public struct ListColumns: Sendable, Hashable {
    /// Paths of pictures.
    public let path: String
    /// Classes.
    public let label: String
    /// Who is on a picture; nil if the list does not say.
    public let person: String?
    /// `training` (or `train`), `validation` (`valid`, `val`) or `test`; nil if the list does not say.
    public let partition: String?

    /// Names columns.
    public init(
      path: String = "path", label: String = "label", person: String? = nil, partition: String? = nil
    ) {
      self.path = path
      self.label = label
      self.person = person
      self.partition = partition
    }
  }

  /// Pictures that a list names with their classes: a CSV or TSV file whose first line names its columns.
  ///
  /// ```
  /// path,label,person
  /// 2019/tom.jpg,cat,17
  /// ```
  /// Fields are separated by commas, semicolons or tabs, whichever the first line has, and may stand in quotes. A sample is called as its
  /// path is. All other columns become its ``Sample/attributes``.
  ///
  /// - Parameters:
  ///   - list: the file.
  ///   - directory: what relative paths begin from; the list's own folder by default.
  ///   - columns: which columns hold what.
  ///   - classNames: in the order of their numbers; by default all that the list has, in the order of their names.
  ///   - name: that of the file without its ending by default.
  /// - Throws: ``DatasetError`` with the line if a column, a picture or a class is missing, or a picture is listed twice;
  ///   `FileError` if the list cannot be read.
  public init(
    list: URL, directory: URL? = nil, columns: ListColumns = ListColumns(), classNames: [String]? = nil,
    name: String? = nil
  ) throws {
    let root = directory ?? list.deletingLastPathComponent()
    let rows = try ListRows(list, columns).rows
    let names = classNames ?? Set(rows.map(\.label)).sorted()
    guard names.count >= 2 else {
      throw DatasetError(
        list,
        "its column \(columns.label) has \(names.count == 1 ? "only the class \(names[0])" : "no classes")",
        remedy: "List pictures of two classes or more.")
    }
    let numbers = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    var missing: [URL] = []
    let samples = try rows.map { row in
      guard let label = numbers[row.label] else {
        throw DatasetError(
          list, line: row.line, "“\(row.label)” is none of the classes \(names.joined(separator: ", "))",
          remedy: "Correct the line, or name all classes.")
      }
      let file = Folder.file(at: row.path, below: root)
      if !Folder.isFile(file) { missing.append(file) }
      return Sample(
        identifier: FileName(row.path).identifier, person: row.person, partition: row.partition,
        attributes: row.attributes, picture: Content(contentsOf: file), target: .label(label))
    }
    try Folder.refuse(missing: missing)
    self.init(
      name: name ?? list.fileName.stem.description, targets: .labels(names), samples: samples)
  }
}

/// The rows of a list, by the names of its columns.
private struct ListRows {
  struct Row {
    let line: Int
    let path: TextFile.Line
    let label: String
    let person: String?
    let partition: Partition?
    let attributes: [String: String]
  }

  private(set) var rows: [Row] = []

  init(_ list: URL, _ columns: Dataset.ListColumns) throws {
    let text = try TextFile(list)
    var header: Header?
    var seen: [FileName: Int] = [:]
    try text.forEachLine(trimming: false) { number, line in
      guard let header else {
        header = try Header(line, columns, of: text, line: number)
        return
      }
      let row = try header.row(line, of: text, number: number)
      if let earlier = seen.updateValue(number, forKey: FileName(row.path)) {
        throw text.error(
          line: number, "\(row.path.text) is listed in line \(earlier), too",
          remedy: "List each picture once.")
      }
      rows.append(row)
    }
    guard !rows.isEmpty else {
      throw DatasetError(
        list, "it lists no pictures", remedy: "The first line names the columns; the pictures follow.")
    }
  }

  /// The first line.
  private struct Header {
    private let separator: FieldSeparator
    private let names: [String]
    private let path, label: Int
    private let person, partition: Int?

    init(
      _ line: TextFile.Line, _ columns: Dataset.ListColumns, of text: TextFile, line number: Int
    ) throws {
      let separator = FieldSeparator(sniffing: line)
      let names = separator.fields(of: line).map(\.text)
      func column(_ name: String) throws -> Int {
        guard let column = names.firstIndex(of: name) else {
          throw text.error(
            line: number, "there is no column “\(name)” among \(names.joined(separator: ", "))",
            remedy: "Name the columns that hold the paths of the pictures and their classes.")
        }
        return column
      }
      self.separator = separator
      self.names = names
      path = try column(columns.path)
      label = try column(columns.label)
      person = try columns.person.map(column)
      partition = try columns.partition.map(column)
    }

    func row(_ line: TextFile.Line, of text: TextFile, number: Int) throws -> Row {
      let fields = separator.fields(of: line)
      guard fields.count == names.count else {
        throw text.error(
          line: number, "it has \(fields.count) fields, and the first line names \(names.count) columns",
          remedy: "Put fields that hold the separator in quotes. The file may also be cut off.")
      }
      guard !fields[path].isEmpty, !fields[label].isEmpty else {
        throw text.error(
          line: number, "its \(fields[path].isEmpty ? names[path] : names[label]) is empty",
          remedy: "Fill it in, or remove the line.")
      }
      let used = Set([path, label, person, partition].compactMap(\.self))
      let others = fields.indices.filter { !used.contains($0) }
      return Row(
        line: number, path: fields[path], label: fields[label].text,
        person: person.map { fields[$0].text }.flatMap { $0.isEmpty ? nil : $0 },
        partition: try partition.flatMap { try Self.partition(fields[$0].text, of: text, line: number) },
        attributes: Dictionary(others.map { (names[$0], fields[$0].text) }) { first, _ in first })
    }

    private static func partition(_ name: String, of text: TextFile, line: Int) throws -> Partition? {
      switch name.lowercased() {
      case "": nil
      case "training", "train": .training
      case "validation", "valid", "val": .validation
      case "test": .test
      default:
        throw text.error(
          line: line, "“\(name)” is no partition", remedy: "Partitions are training, validation and test.")
      }
    }
  }
}
