import GraftFiles
import GraftTensor

/// A table of text, for the terminal (``text``), for spreadsheets (``csv``) and for a page (``html``).
///
/// ```swift
/// var table = Table(
///   title: "Table 5.1", caption: "Per-image IoU on LFW.",
///   columns: ["encoder", .numbers("control"), .numbers("gender"), .numbers("gain")])
/// table.append(["VGG19", "0.731", "0.726", "−0.005"])
/// print(table.text)
/// ```
public struct Table: Sendable, Equatable {
  /// What stands at the head of a column, and to which side its cells go.
  public struct Column: Sendable, Equatable, ExpressibleByStringLiteral {
    /// Where the text of a cell begins.
    public enum Alignment: Sendable, Equatable {
      /// Words: at the start of a line.
      case leading
      /// Numbers: at its end, so that digits of equal value stand below each other.
      case trailing
    }

    /// The head; may be empty.
    public var title: String
    /// Of the head and of the cells.
    public var alignment: Alignment

    /// Creates a column.
    public init(_ title: String, alignment: Alignment = .leading) {
      self.title = title
      self.alignment = alignment
    }

    /// A column of words.
    public init(stringLiteral value: String) { self.init(value) }

    /// A column of numbers, at the end of the line.
    public static func numbers(_ title: String) -> Column { Column(title, alignment: .trailing) }
  }

  /// A short name, such as "Table 5.1"; may be empty.
  public var title: String
  /// What the table shows, in a sentence or two; may be empty.
  public var caption: String
  /// At least one. The cells of the first one name their rows.
  public let columns: [Column]
  /// Of as many cells each as there are columns.
  public private(set) var rows: [[String]]

  /// Creates a table.
  ///
  /// - Parameters:
  ///   - title: a short name.
  ///   - caption: what it shows.
  ///   - columns: at least one.
  ///   - rows: of as many cells each as there are columns.
  public init(title: String = "", caption: String = "", columns: [Column], rows: [[String]] = []) {
    require(!columns.isEmpty, "A table has columns.")
    self.title = title
    self.caption = caption
    self.columns = columns
    self.rows = []
    rows.forEach { append($0) }
  }

  /// Adds a row below the others.
  ///
  /// - Parameter row: of as many cells as there are columns.
  public mutating func append(_ row: [String]) {
    require(
      row.count == columns.count, "A row of \(columns.count) columns has as many cells, not \(row.count).")
    rows.append(row)
  }

  /// The table for a terminal: title, columns as wide as their widest cell, caption. Control characters are escaped.
  public var text: String {
    let numbers = columns.indices.filter { columns[$0].alignment == .trailing }
    let grid = TextTable(
      header: columns.map(\.title.printable), rows: rows.map { $0.map(\.printable) },
      rightAligned: Set(numbers))
    return [title.printable, grid.text, caption.printable].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The columns and rows as comma-separated values (RFC 4180): a header line, lines that end with CR LF, and quotes
  /// around what holds a comma, a quote or a line end. Without title and caption.
  public var csv: String {
    ([columns.map(\.title)] + rows).map { $0.map(Self.csvField).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func csvField(_ text: String) -> String {
    let isSpecial = text.unicodeScalars.contains { [",", "\"", "\r", "\n"].contains($0) }
    return isSpecial ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
