extension LineChart {
  /// The chart as an SVG file of its own: light, or dark where the reader's screen is dark; light on paper.
  public var svg: String { drawing.file(title: title) }

  /// The chart as part of a page, which has its style (``ChartDrawing/style``) and shows its title and caption.
  var markup: Markup { drawing.element(title: title) }

  private var drawing: ChartDrawing {
    let x = Axis(
      covering: series.flatMap(\.x), reachesTicks: false,
      isWhole: series.allSatisfy { $0.x.allSatisfy { $0 == $0.rounded() } }, tickCount: 7)
    let y = Axis(covering: series.flatMap(\.y), fixed: yRange, reachesTicks: true, tickCount: 6)
    let labelWidth = y.ticks.map { ChartDrawing.width(of: y.label(of: $0)) }.max() ?? 0
    let lastLabelWidth = x.ticks.last.map { ChartDrawing.width(of: x.label(of: $0)) } ?? 0
    let plot = ChartDrawing.Plot(
      left: labelWidth + 36, top: 12, right: ChartDrawing.width - max(16, lastLabelWidth / 2 + 4), height: 260
    )

    var drawing = ChartDrawing(description: summary)
    drawing.horizontalAxis(x, title: xTitle, below: plot)
    drawing.verticalAxis(y, title: yTitle, besides: plot)
    let curves = series.enumerated().map { index, series in
      curve(series, style: .init(index), axes: (x, y), plot: plot)
    }
    drawing.clipped(to: plot, curves.concatenated)
    if !series.contains(where: { $0.y.contains(where: \.isFinite) }) {
      drawing.note("no values", in: plot)
    }
    drawing.legend(
      series.enumerated().map { index, series in
        (.init(index), [series.name, series.bestDescription].compactMap(\.self).joined(separator: ", "))
      })
    return drawing
  }

  private func curve(
    _ series: Series, style: ChartDrawing.SeriesStyle, axes: (x: Axis, y: Axis), plot: ChartDrawing.Plot
  ) -> Markup {
    func place(_ x: Double, _ y: Double) -> ChartDrawing.Point {
      .init(
        x: plot.left + axes.x.fraction(of: x) * plot.width,
        y: plot.bottom - axes.y.fraction(of: y) * plot.height)
    }
    // A curve without a gap is one piece; a piece of one point would be invisible as a line and gets a marker.
    let pieces = zip(series.x, series.y).split { !$0.1.isFinite }.map { $0.map { place($0.0, $0.1) } }
    var markup = style.line(through: pieces.filter { $0.count > 1 }.map { $0.thinned() })
    let points = pieces.flatMap(\.self)
    for index in style.markerIndices(of: points.count) { markup += style.marker(at: points[index]) }
    for piece in pieces where piece.count == 1 { markup += style.marker(at: piece[0]) }
    if let best = series.best, series.y[best].isFinite {
      markup += style.ring(around: place(series.x[best], series.y[best]))
    }
    return markup
  }
}

extension Array<ChartDrawing.Point> {
  /// The points that a line is drawn through, a few hundred however many there are: the first, lowest, highest and last
  /// of each two units of width, so that the drawing is the same and no spike is lost.
  ///
  /// Points that go back and forth stay as they are.
  fileprivate func thinned() -> [Element] {
    guard count > 1000, zip(self, dropFirst()).allSatisfy({ $0.x <= $1.x }) else { return self }
    var result: [Element] = []
    var start = startIndex
    while start < endIndex {
      let column = (self[start].x / 2).rounded(.down)
      let end = self[start...].firstIndex { ($0.x / 2).rounded(.down) != column } ?? endIndex
      let highest = (start..<end).min { self[$0].y < self[$1].y } ?? start
      let lowest = (start..<end).max { self[$0].y < self[$1].y } ?? start
      result += Set([start, highest, lowest, end - 1]).sorted().map { self[$0] }
      start = end
    }
    return result
  }
}
