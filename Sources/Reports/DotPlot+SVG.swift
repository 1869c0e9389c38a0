extension DotPlot {
  /// The plot as an SVG file of its own: light, or dark where the reader's screen is dark; light on paper.
  public var svg: String { drawing.file(title: title) }

  /// The plot as part of a page, which has its style (``ChartDrawing/style``) and shows its title and caption.
  var markup: Markup { drawing.element(title: title) }

  private var drawing: ChartDrawing {
    let estimates = rows.flatMap { $0.estimates.compactMap(\.self) }
    let ends = estimates.flatMap { [$0.value, $0.interval?.lowerBound, $0.interval?.upperBound] }
    let axis = Axis(
      covering: (ends + [reference]).compactMap(\.self), reachesTicks: true, tickCount: 7)
    let labelHeight = 25.0
    let spacing = 18.0
    let rowHeight = labelHeight + spacing * Double(series.count) + 6
    let plot = ChartDrawing.Plot(
      left: 24, top: 4, right: ChartDrawing.width - 24, height: max(rowHeight * Double(rows.count), 40))

    var drawing = ChartDrawing(description: summary)
    drawing.horizontalAxis(axis, title: valueTitle, below: plot)
    if let reference {
      let x = plot.left + axis.fraction(of: reference) * plot.width
      drawing.add(drawing.axisLine(from: .init(x: x, y: plot.top), to: .init(x: x, y: plot.bottom)))
    }
    for (index, row) in rows.enumerated() {
      let top = plot.top + Double(index) * rowHeight
      let label = ChartDrawing.shortened(row.label, to: plot.width)
      drawing.text(label, at: .init(x: plot.left + 6, y: top + 18))
      for (number, estimate) in row.estimates.enumerated() {
        guard let estimate, estimate.value.isFinite else { continue }
        let y = top + labelHeight + spacing * (Double(number) + 0.5)
        func place(_ value: Double) -> ChartDrawing.Point {
          .init(x: plot.left + axis.fraction(of: value) * plot.width, y: y)
        }
        let style = ChartDrawing.SeriesStyle(number)
        if let interval = estimate.interval, interval.lowerBound.isFinite, interval.upperBound.isFinite {
          drawing.add(style.interval(from: place(interval.lowerBound), to: place(interval.upperBound)))
        }
        drawing.add(style.marker(at: place(estimate.value)))
      }
    }
    if series.count > 1 {
      drawing.legend(series.enumerated().map { (.init($0), $1) }, hasLines: false)
    }
    return drawing
  }
}
