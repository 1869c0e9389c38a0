extension HTMLReport {
  /// HTML that is well-formed XML, too, so that tests can take it apart.
  func page() throws -> Markup {
    // The policy lets the page load nothing, whatever might get into it.
    """
    <!DOCTYPE html>
    <html lang="\(language)">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
    <title>\(title)</title>
    <style>
    \(Self.style)
    \(ChartDrawing.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(title)</h1>
    \(Markup.when(!summary.isEmpty, "<p>\(summary)</p>\n"))</header>
    \(contents)<main>
    \(try sections.enumerated().map { try $1.markup(identifier: Self.identifier($0)) }.lines)</main>
    </body>
    </html>

    """
  }

  private var contents: Markup {
    if sections.count < 2 { return "" }
    let entries = sections.enumerated().map { index, section -> Markup in
      "<li><a href=\"#\(Self.identifier(index))\">\(section.heading)</a></li>"
    }
    return """
      <nav aria-label="Contents">
      <ol>
      \(entries.lines)</ol>
      </nav>

      """
  }

  private static func identifier(_ index: Int) -> String { "section-\(index + 1)" }
}

extension HTMLReport.Section {
  fileprivate func markup(identifier: String) throws -> Markup {
    """
    <section id="\(identifier)" aria-labelledby="\(identifier)-heading">
    <h2 id="\(identifier)-heading">\(heading)</h2>
    \(try blocks.map { try $0.markup() }.lines)</section>
    """
  }
}

extension HTMLReport.Block {
  fileprivate func markup() throws -> Markup {
    switch self {
    case .subheading(let text): return "<h3>\(text)</h3>"
    case .paragraph(let text): return "<p>\(text)</p>"
    case .warning(let text): return "<p class=\"warning\"><strong>Note:</strong> \(text)</p>"
    case .list(let items):
      return items.isEmpty ? "" : "<ul>\n\(items.map { "<li>\($0)</li>" }.lines)</ul>"
    case .links(let links):
      let items = links.map { "<li><a href=\"\($0.address)\">\($0.name)</a></li>" as Markup }
      return items.isEmpty ? "" : "<ul>\n\(items.lines)</ul>"
    case .table(let table):
      return Self.scrolling(table.markup, label: table.title.isEmpty ? "Table" : table.title)
    case .lineChart(let chart):
      return Self.figure(chart.markup, caption: titled(chart.title, chart.caption))
    case .dotPlot(let plot):
      return Self.figure(plot.markup, caption: titled(plot.title, plot.caption))
    case .pictures(let grid): return try grid.markup()
    case .keyValues(let pairs):
      let entries = pairs.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as Markup }
      return entries.isEmpty ? "" : "<dl>\n\(entries.lines)</dl>"
    case .preformatted(let text):
      // A line end right after the tag belongs to the tag.
      return Self.scrolling("<pre>\n\(text)</pre>", label: "Text")
    }
  }

  private static func figure(_ chart: Markup, caption: Markup) -> Markup {
    """
    <figure class="drawing">
    \(chart)
    \(Markup.when(caption != .empty, "<figcaption>\(caption)</figcaption>\n"))</figure>
    """
  }

  /// A box that scrolls sideways, which the keyboard reaches.
  private static func scrolling(_ content: Markup, label: String) -> Markup {
    """
    <div class="scrolling" role="group" tabindex="0" aria-label="\(label)">
    \(content)
    </div>
    """
  }
}
