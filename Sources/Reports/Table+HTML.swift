extension Table {
  /// The table as an HTML `table` with a caption and with cells that head rows and columns, for a page of your own;
  /// columns of numbers have the class `number`.
  public var html: String { markup.text }

  var markup: Markup {
    """
    <table>
    \(captionMarkup)<thead><tr>\(columns.map { "<th scope=\"col\"\($0.classMarkup)>\($0.title)</th>" }.concatenated)</tr></thead>
    <tbody>
    \(rows.map(rowMarkup).lines)</tbody>
    </table>
    """
  }

  private var captionMarkup: Markup {
    .when(!(title.isEmpty && caption.isEmpty), "<caption>\(titled(title, caption))</caption>\n")
  }

  /// The first cell heads its row; an empty one (a name that is not repeated) heads nothing.
  private func rowMarkup(_ row: [String]) -> Markup {
    let cells = zip(columns, row).enumerated().map { index, cell -> Markup in
      let (column, text) = cell
      return index == 0 && !text.isEmpty
        ? "<th scope=\"row\"\(column.classMarkup)>\(text)</th>" : "<td\(column.classMarkup)>\(text)</td>"
    }
    return "<tr>\(cells.concatenated)</tr>"
  }
}

extension Table.Column {
  fileprivate var classMarkup: Markup { .when(alignment == .trailing, " class=\"number\"") }
}

/// The short name of a table or figure before the sentence that says what it shows.
func titled(_ title: String, _ caption: String) -> Markup {
  switch (title.isEmpty, caption.isEmpty) {
  case (true, _): "\(caption)"
  case (false, true): "<strong>\(title)</strong>"
  case (false, false): "<strong>\(title)</strong> \(caption)"
  }
}
