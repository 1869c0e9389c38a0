import GraftTensor

/// Values with intervals, row by row: means with standard deviations, or gains with their bootstrap intervals; as SVG.
///
/// ```swift
/// let plot = DotPlot(
///   title: "Gains", caption: "Points of IoU, with 95 % bootstrap intervals.", valueTitle: "gain", reference: 0,
///   series: ["VGG16", "VGG19"],
///   rows: [
///     .init("LFW, with hair", [.init(0.8, in: -0.2...1.7), .init(1.2, in: 0.3...2.2)]),
///     .init("HELEN, with hair", [.init(0.9, in: 0.1...1.6), nil]),
///   ])
/// ```
public struct DotPlot: Sendable, Equatable {
  /// A value with an interval around it, or none.
  public struct Estimate: Sendable, Equatable {
    /// What is not finite is not drawn.
    public let value: Double
    /// Nil if there is none.
    public let interval: ClosedRange<Double>?

    /// Creates an estimate.
    public init(_ value: Double, in interval: ClosedRange<Double>? = nil) {
      self.value = value
      self.interval = interval
    }

    /// A mean with one standard deviation to each side, which is not negative; not a number stands for none.
    public init(mean: Double, standardDeviation: Double) {
      require(!(standardDeviation < 0), "A standard deviation is not negative: \(standardDeviation).")
      let hasInterval = mean.isFinite && standardDeviation.isFinite
      self.init(mean, in: hasInterval ? mean - standardDeviation...mean + standardDeviation : nil)
    }
  }

  /// What is compared, and the estimate of each series for it.
  public struct Row: Sendable, Equatable {
    /// What is compared.
    public let label: String
    /// One for each series of the plot; nil where there is none.
    public let estimates: [Estimate?]

    /// Creates a row.
    public init(_ label: String, _ estimates: [Estimate?]) {
      self.label = label
      self.estimates = estimates
    }
  }

  /// A short name, such as "Figure 3"; may be empty.
  public var title: String
  /// What the plot shows, in a sentence or two, for the page that it stands on; may be empty.
  public var caption: String
  /// What is measured, with its unit.
  public var valueTitle: String
  /// A value at which a line is drawn through all rows, such as 0 for gains; nil for none.
  public var reference: Double?
  /// The names of the series, in the order of the legend.
  public let series: [String]
  /// From the top.
  public let rows: [Row]

  /// Creates a plot.
  ///
  /// - Parameters:
  ///   - title: a short name.
  ///   - caption: what it shows.
  ///   - valueTitle: what is measured.
  ///   - reference: where a line is drawn through all rows.
  ///   - series: the names of the series.
  ///   - rows: with as many estimates each as there are series.
  public init(
    title: String = "", caption: String = "", valueTitle: String, reference: Double? = nil, series: [String],
    rows: [Row]
  ) {
    for row in rows {
      require(
        row.estimates.count == series.count,
        "A row has an estimate or nil for each of the \(series.count) series, not \(row.estimates.count).")
    }
    self.title = title
    self.caption = caption
    self.valueTitle = valueTitle
    self.reference = reference
    self.series = series
    self.rows = rows
  }

  /// The plot in words, for those who do not see it.
  var summary: String {
    let lines = rows.map { row in
      let values = zip(series, row.estimates).compactMap { name, estimate in
        estimate.map { "\(name) \($0.description)" }
      }
      return "\(row.label): \(values.isEmpty ? "no values" : values.joined(separator: ", "))."
    }
    return (["\(valueTitle)."] + lines).joined(separator: " ")
  }
}

extension DotPlot.Estimate {
  /// Such as "0.8 (−0.2 to 1.7)".
  var description: String {
    let range = interval.map { " (\(shortNumber($0.lowerBound)) to \(shortNumber($0.upperBound)))" }
    return shortNumber(value) + (range ?? "")
  }
}
