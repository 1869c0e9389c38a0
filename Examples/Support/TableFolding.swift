import GraftFiles

/// Prints a result; on a terminal its tables are folded to the width.
///
/// - Throws: `FileError` if it cannot be written.
public func printResult(_ text: String) throws {
  print(StandardOutput.columns.map { text.foldingTables(to: $0) } ?? text)
  // Where both streams go to one file, later messages on standard error then follow the result.
  try flushOutput()
}

extension String {
  /// The text with its tables in a form that is not wider than a terminal, as far as that can be.
  ///
  /// A table is a line of titles, a rule with a stroke for each column, and rows up to a blank line. Where one is too
  /// wide, titles are broken at spaces; where that is not enough, the columns are put in blocks below each other, each of
  /// which repeats the columns of text that the table begins with.
  ///
  /// - Parameter columns: of the terminal.
  public func foldingTables(to columns: Int) -> String {
    var (done, rest) = ([Substring](), split(separator: "\n", omittingEmptySubsequences: false)[...])
    while let line = rest.popFirst() {
      guard let rule = rest.first, let ranges = FoldedTable.columns(ofRule: rule) else {
        done.append(line)
        continue
      }
      let rows = rest.dropFirst().prefix { !$0.isEmpty }
      rest = rest.dropFirst(1 + rows.count)
      let isTooWide = ([line, rule] + rows).contains { $0.count > columns }
      done +=
        isTooWide
        ? FoldedTable(titles: line, rows: Array(rows), ranges).lines(fitting: columns).map { $0[...] }
        : [line, rule] + rows
    }
    return done.joined(separator: "\n")
  }
}

/// A table, divided into columns by its rule.
private struct FoldedTable {
  private struct Column {
    let title: String
    let cells: [String]
    let isRightAligned: Bool
    /// That of the widest cell, or of the longest word of the title.
    let width: Int

    init(title: String, cells: [String]) {
      self.title = title.trimmed
      self.cells = cells.map(\.trimmed)
      isRightAligned = ([title] + cells).contains { $0.first == " " && !$0.trimmed.isEmpty }
      width = (self.title.split(separator: " ").map(\.count) + self.cells.map(\.count)).max() ?? 0
    }

    /// The title in lines of the column's width.
    var titleLines: [String] {
      title.split(separator: " ").reduce(into: []) { lines, word in
        if let last = lines.last, last.count + 1 + word.count <= width {
          lines[lines.count - 1] = "\(last) \(word)"
        } else {
          lines.append(String(word))
        }
      }
    }

    func padded(_ cell: String) -> String {
      let blanks = String(repeating: " ", count: max(width - cell.count, 0))
      return isRightAligned ? blanks + cell : cell + blanks
    }
  }

  private static let gap = 2
  private let all: [Column]
  private let rowCount: Int

  /// Where the columns are, by their rule; nil for a line that is no rule.
  static func columns(ofRule line: Substring) -> [Range<Int>]? {
    guard !line.isEmpty, line.allSatisfy({ $0 == "─" || $0 == " " }) else { return nil }
    let strokes = line.split(separator: " ")
    guard !strokes.isEmpty else { return nil }
    return strokes.map { stroke in
      let start = line.distance(from: line.startIndex, to: stroke.startIndex)
      return start..<start + stroke.count
    }
  }

  init(titles: Substring, rows: [Substring], _ ranges: [Range<Int>]) {
    func cell(_ line: Substring, _ range: Range<Int>) -> String {
      String(line.dropFirst(range.lowerBound).prefix(range.count))
    }
    all = ranges.map { range in Column(title: cell(titles, range), cells: rows.map { cell($0, range) }) }
    rowCount = rows.count
  }

  func lines(fitting width: Int) -> [String] {
    let labels = all.prefix { !$0.isRightAligned }
    // Where the labels leave too little room for numbers, only the first is repeated.
    let key = Array(Self.width(of: labels) * 2 <= width ? labels : all.prefix(1))
    var blocks: [[Column]] = [key]
    for column in all.dropFirst(key.count) {
      let isFull = blocks[blocks.count - 1].count > key.count
      if isFull, Self.width(of: blocks[blocks.count - 1] + [column]) > width { blocks.append(key) }
      blocks[blocks.count - 1].append(column)
    }
    return Array(blocks.map(lines(of:)).joined(separator: [""]))
  }

  private static func width(of columns: some Collection<Column>) -> Int {
    columns.reduce(0) { $0 + $1.width } + gap * max(columns.count - 1, 0)
  }

  private func lines(of block: [Column]) -> [String] {
    func line(_ cells: [String]) -> String {
      let joined = zip(block, cells).map { $0.padded($1) }.joined(
        separator: String(repeating: " ", count: Self.gap))
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }
    let height = block.map(\.titleLines.count).max() ?? 0
    // Titles of fewer lines are moved down to the rule.
    let titles = (0..<height).map { number in
      line(
        block.map { column in
          let above = height - column.titleLines.count
          return number < above ? "" : column.titleLines[number - above]
        })
    }
    let rule = line(block.map { String(repeating: "─", count: $0.width) })
    return titles + [rule] + (0..<rowCount).map { row in line(block.map { $0.cells[row] }) }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
