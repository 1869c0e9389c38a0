import GraftTensor

/// Curves over one pair of axes, such as the loss of each epoch, as SVG.
///
/// Curves differ by colour (Okabe and Ito's, which people with colour vision deficiencies tell apart), by dashes and by
/// markers; a value that is not finite leaves a gap.
///
/// ```swift
/// let chart = LineChart(
///   title: "Figure 5.1", caption: "VGG19 on LFW.", xTitle: "epoch", yTitle: "validation IoU",
///   series: [
///     .init("control", y: control, best: 19),    // epochs 1, 2, 3, …; the best one is marked
///     .init("gender", y: gender, best: 22),
///   ])
/// try AtomicFile.write(chart.svg, to: folder.appendingPathComponent("figure-5.1.svg"))
/// ```
public struct LineChart: Sendable, Equatable {
  /// One curve.
  public struct Series: Sendable, Equatable {
    /// As the legend shows it.
    public let name: String
    /// As many as `y`.
    public let x: [Double]
    /// What is not finite leaves a gap.
    public let y: [Double]
    /// The index of the value that is marked; nil for none.
    public let best: Int?

    /// Creates a curve.
    ///
    /// - Parameters:
    ///   - name: as the legend shows it.
    ///   - x: as many as `y`, finite; by default 1, 2, 3, … as epochs are counted.
    ///   - y: what is not finite leaves a gap.
    ///   - best: the index in `y` of the value to mark.
    public init(_ name: String, x: [Double]? = nil, y: [Double], best: Int? = nil) {
      let x = x ?? y.indices.map { Double($0 + 1) }
      require(x.count == y.count, "A curve has as many x as y, not \(x.count) and \(y.count).")
      require(x.allSatisfy(\.isFinite), "The x of a curve are finite; gaps are made by y.")
      require(best.map(y.indices.contains) ?? true, "A marked value is one of 0 to \(y.count - 1).")
      self.name = name
      self.x = x
      self.y = y
      self.best = best
    }
  }

  /// A short name, such as "Figure 5.1"; may be empty.
  public var title: String
  /// What the chart shows, in a sentence or two, for the page that it stands on; may be empty.
  public var caption: String
  /// What the horizontal axis counts, with its unit.
  public var xTitle: String
  /// What the vertical axis measures, with its unit.
  public var yTitle: String
  /// Of the vertical axis; nil for that of the values.
  public var yRange: ClosedRange<Double>?
  /// In the order of the legend.
  public var series: [Series]

  /// Creates a chart.
  ///
  /// - Parameters:
  ///   - title: a short name.
  ///   - caption: what it shows.
  ///   - xTitle: of the horizontal axis.
  ///   - yTitle: of the vertical axis.
  ///   - yRange: of the vertical axis, finite and not empty; nil for that of the values. Curves are cut at its ends.
  ///   - series: in the order of the legend.
  public init(
    title: String = "", caption: String = "", xTitle: String, yTitle: String,
    yRange: ClosedRange<Double>? = nil, series: [Series]
  ) {
    if let yRange {
      let span = yRange.upperBound - yRange.lowerBound
      require(span.isFinite && span > 0, "An axis has a length, and \(yRange) has none.")
    }
    self.title = title
    self.caption = caption
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.yRange = yRange
    self.series = series
  }

  /// The chart in words, for those who do not see it.
  var summary: String {
    let curves = series.map { series -> String in
      let values = series.y.filter(\.isFinite)
      guard let low = values.min(), let high = values.max() else { return "\(series.name): no values." }
      let best = series.bestDescription.map { ", \($0)" } ?? ""
      return "\(series.name): \(values.count) values from \(shortNumber(low)) to \(shortNumber(high))\(best)."
    }
    return (["\(yTitle) by \(xTitle)."] + curves).joined(separator: " ")
  }
}

extension LineChart.Series {
  /// Such as "best 0.731 at 20"; nil if nothing is marked.
  var bestDescription: String? {
    guard let best, y[best].isFinite else { return nil }
    return "best \(shortNumber(y[best])) at \(shortNumber(x[best]))"
  }
}
