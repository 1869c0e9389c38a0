/// An SVG drawing that grows downwards: axes, curves, marks and a legend of one look.
///
/// Colours are attributes, which every program understands; where a style sheet is understood, it replaces them on dark
/// screens.
struct ChartDrawing {
  /// Units of all drawings; on a page about a pixel each.
  static let width = 540.0

  struct Point: Equatable {
    let x, y: Double
  }

  /// Where values are drawn.
  struct Plot {
    let left, top, right, height: Double
    var width: Double { right - left }
    var bottom: Double { top + height }
  }

  private let description: String
  private var body: Markup = .empty
  private var height = 0.0

  /// - Parameter description: the drawing in words.
  init(description: String) { self.description = description }

  /// About how wide a text is.
  static func width(of text: String) -> Double { Double(text.count) * 9.2 }

  // MARK: Parts

  mutating func text(_ text: String, at point: Point, anchor: Anchor = .start, isMuted: Bool = false) {
    let style = Markup.when(isMuted, " class=\"muted\" fill=\"#595959\"")
    body +=
      "<text x=\"\(point.x)\" y=\"\(point.y)\" text-anchor=\"\(anchor.rawValue)\"\(style)>\(text)</text>\n"
    height = max(height, point.y + 8)
  }

  enum Anchor: String {
    case start, middle, end
  }

  mutating func add(_ markup: Markup) { body += "\(markup)\n" }

  /// Ticks, their numbers and vertical lines through the plot.
  mutating func horizontalAxis(_ axis: Axis, title: String, below plot: Plot) {
    for tick in axis.ticks {
      let x = plot.left + axis.fraction(of: tick) * plot.width
      add(gridLine(from: Point(x: x, y: plot.top), to: Point(x: x, y: plot.bottom)))
      text(axis.label(of: tick), at: Point(x: x, y: plot.bottom + 22), anchor: .middle)
    }
    add(axisLine(from: Point(x: plot.left, y: plot.bottom), to: Point(x: plot.right, y: plot.bottom)))
    text(
      title, at: Point(x: (plot.left + plot.right) / 2, y: plot.bottom + 47), anchor: .middle, isMuted: true)
  }

  /// Ticks, their numbers and horizontal lines through the plot; the title is turned.
  mutating func verticalAxis(_ axis: Axis, title: String, besides plot: Plot) {
    for tick in axis.ticks {
      let y = plot.bottom - axis.fraction(of: tick) * plot.height
      add(gridLine(from: Point(x: plot.left, y: y), to: Point(x: plot.right, y: y)))
      text(axis.label(of: tick), at: Point(x: plot.left - 8, y: y + 6), anchor: .end)
    }
    add(axisLine(from: Point(x: plot.left, y: plot.top), to: Point(x: plot.left, y: plot.bottom)))
    let middle = plot.top + plot.height / 2
    add(
      """
      <text transform="translate(16 \(middle)) rotate(-90)" text-anchor="middle" class="muted" fill="#595959">\(title)</text>
      """)
  }

  func gridLine(from start: Point, to end: Point) -> Markup {
    """
    <path class="grid" stroke="#d9d9d9" d="M\(start.x) \(start.y)L\(end.x) \(end.y)"/>
    """
  }

  func axisLine(from start: Point, to end: Point) -> Markup {
    """
    <path stroke="currentColor" d="M\(start.x) \(start.y)L\(end.x) \(end.y)"/>
    """
  }

  /// What stands outside of the plot (and of a margin for half a marker) is not shown.
  mutating func clipped(to plot: Plot, _ markup: Markup) {
    // An inner svg element cuts off by itself, without a name that would have to be unique in the page.
    let margin = 8.0
    let (x, y) = (plot.left - margin, plot.top - margin)
    let (width, height) = (plot.width + 2 * margin, plot.height + 2 * margin)
    add(
      """
      <svg x="\(x)" y="\(y)" width="\(width)" height="\(height)" viewBox="\(x) \(y) \(width) \(height)" overflow="hidden">
      \(markup)</svg>
      """)
  }

  mutating func note(_ note: String, in plot: Plot) {
    let middle = Point(x: (plot.left + plot.right) / 2, y: plot.top + plot.height / 2)
    text(note, at: middle, anchor: .middle, isMuted: true)
  }

  /// A line for each series, below what there is.
  mutating func legend(_ entries: [(style: SeriesStyle, label: String)], hasLines: Bool = true) {
    height += 8
    let (marker, label) = hasLines ? (40.0, 74.0) : (24.0, 40.0)
    for entry in entries {
      let y = height + 8
      if hasLines { add(entry.style.line(through: [[Point(x: 16, y: y), Point(x: 64, y: y)]])) }
      add(entry.style.marker(at: Point(x: marker, y: y)))
      text(Self.shortened(entry.label, to: Self.width - label), at: Point(x: label, y: y + 6))
      height = y + 17
    }
  }

  /// A text that is too long for a place, with an ellipsis.
  static func shortened(_ text: String, to width: Double) -> String {
    if Self.width(of: text) <= width { return text }
    return text.prefix(max(Int(width / Self.width(of: "m")) - 1, 0)) + "…"
  }

  // MARK: Whole drawings

  /// The drawing as part of an HTML page.
  func element(title: String) -> Markup {
    """
    <svg class="chart" viewBox="0 0 \(Self.width) \(height)" role="img" font-size="17" fill="currentColor">
    <title>\(title.isEmpty ? "Chart" : title)</title><desc>\(description)</desc>
    \(body)</svg>
    """
  }

  /// The drawing as a file of its own, with its title above it.
  func file(title: String) -> String {
    let top = title.isEmpty ? 0.0 : 32
    let shown = Self.shortened(title, to: Self.width)
    let heading = Markup.when(
      !title.isEmpty,
      "<text x=\"\(Self.width / 2)\" y=\"-8\" text-anchor=\"middle\" font-weight=\"bold\">\(shown)</text>\n")
    let markup: Markup = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" width="\(Self.width)" height="\(height + top)" \
      viewBox="0 \(-top) \(Self.width) \(height + top)" role="img" font-family="system-ui, sans-serif" font-size="17" \
      color="#1a1a1a" fill="currentColor">
      <title>\(title.isEmpty ? "Chart" : title)</title><desc>\(description)</desc>
      <style>\(Self.style)
      @media screen and (prefers-color-scheme: dark) { .chart { color: #e8e8e8 } .chart .paper { fill: #16181d } }</style>
      <rect class="paper" y="\(-top)" width="\(Self.width)" height="\(height + top)" fill="#ffffff"/>
      \(heading)\(body)</svg>

      """
    return markup.text
  }

  /// The style sheet of all charts of a page.
  static var style: Markup {
    let dark = SeriesStyle.colors.enumerated().map { index, color -> Markup in
      ".chart .s\(index) { color: \(color.dark) }"
    }
    return """
      @media screen and (prefers-color-scheme: dark) {
      .chart .muted { fill: #b0b0b0 } .chart .grid { stroke: #3a3d44 }
      \(dark.lines)}
      """
  }
}
