extension ChartDrawing {
  /// What tells one series from another: a colour, a pattern of dashes and the shape of a marker.
  struct SeriesStyle {
    /// Okabe and Ito's palette (jfly.uni-koeln.de/color), without yellow, which cannot be seen on white; the darkest is
    /// replaced by its lighter neighbour on dark screens.
    static let colors: [(light: String, dark: String)] = [
      ("#0072b2", "#56b4e9"), ("#d55e00", "#e69f00"), ("#009e73", "#009e73"), ("#cc79a7", "#cc79a7"),
      ("#000000", "#ffffff"), ("#e69f00", "#d55e00"), ("#56b4e9", "#0072b2"),
    ]
    private static let dashes = ["none", "9 4", "2 4", "12 4 2 4", "6 3", "1 3", "14 3 2 3 2 3"]

    private let index: Int

    /// The style of the series of that number, from 0; after seven of them colours come again, with other markers.
    init(_ index: Int) { self.index = index }

    private var color: Int { index % Self.colors.count }

    private func group(_ content: Markup) -> Markup {
      "<g class=\"s\(color)\" color=\"\(Self.colors[color].light)\">\(content)</g>\n"
    }

    /// A line of several pieces.
    func line(through pieces: [[Point]]) -> Markup {
      let path = pieces.map { piece in
        piece.enumerated().map { index, point -> Markup in
          "\(index == 0 ? "M" : "L")\(point.x) \(point.y)"
        }.concatenated
      }.concatenated
      if path == .empty { return .empty }
      let dashes = Self.dashes[(index + index / Self.dashes.count) % Self.dashes.count]
      return group(
        """
        <path fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" \
        stroke-dasharray="\(dashes)" d="\(path)"/>
        """)
    }

    /// The indices of about six points, not the same ones for each series, that get a marker.
    func markerIndices(of count: Int) -> [Int] {
      let step = max(1, count / 6)
      return Array(stride(from: (index * step / 4) % step, to: count, by: step))
    }

    /// A marker; its shape says whose it is.
    func marker(at point: Point) -> Markup {
      let (x, y) = (point.x, point.y)
      let shape: Markup =
        switch index % 8 {
        case 0: "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"4\" fill=\"currentColor\"/>"
        case 1: filled("M\(x - 4) \(y - 4)h8v8h-8z")
        case 2: filled("M\(x) \(y - 5)l5 9h-10z")
        case 3: filled("M\(x) \(y - 6)l5 6l-5 6l-5 -6z")
        case 4: crossing("M\(x - 4) \(y - 4)l8 8m0 -8l-8 8")
        case 5: filled("M\(x) \(y + 5)l5 -9h-10z")
        case 6: crossing("M\(x) \(y - 5)v10m-5 -5h10")
        default: crossing("M\(x - 4) \(y - 4)h8v8h-8z")
        }
      return group(shape)
    }

    /// A ring around the best point.
    func ring(around point: Point) -> Markup {
      group(
        """
        <circle cx="\(point.x)" cy="\(point.y)" r="7" fill="none" stroke="currentColor" stroke-width="2"/>
        """)
    }

    /// A horizontal interval with ends.
    func interval(from start: Point, to end: Point) -> Markup {
      group(
        """
        <path fill="none" stroke="currentColor" stroke-width="2" \
        d="M\(start.x) \(start.y - 5)v10m0 -5L\(end.x) \(end.y)m0 -5v10"/>
        """)
    }

    private func filled(_ path: Markup) -> Markup { "<path fill=\"currentColor\" d=\"\(path)\"/>" }

    private func crossing(_ path: Markup) -> Markup {
      "<path fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" d=\"\(path)\"/>"
    }
  }
}
