import GraftReports
import Testing

struct LineChartTests {
  private func chart(_ series: [LineChart.Series], yRange: ClosedRange<Double>? = nil) -> LineChart {
    LineChart(title: "Figure 1", xTitle: "epoch", yTitle: "loss", yRange: yRange, series: series)
  }

  /// The points of each piece of each curve, without the legend's.
  private func pieces(of chart: LineChart) throws -> [[(x: Double, y: Double)]] {
    let plot = try #require(try Element(parsing: chart.svg).all("svg").first)
    return plot.all("path").compactMap { path in path.attributes["stroke-dasharray"] != nil ? path : nil }
      .flatMap { path in (path.attributes["d"] ?? "").split(separator: "M") }
      .map { piece in
        piece.split(separator: "L").compactMap { point in
          let parts = point.split(separator: " ").compactMap { Double($0) }
          return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
      }
  }

  @Test func valuesLieWhereTheAxesSay() throws {
    let curve = try #require(try pieces(of: chart([.init("a", y: [0, 1, 0.5])])).first)
    #expect(curve.count == 3)
    // Higher values are nearer to the top, and the middle one is in the middle.
    #expect(curve[1].y < curve[2].y && curve[2].y < curve[0].y)
    #expect(abs(curve[2].y - (curve[0].y + curve[1].y) / 2) < 0.02)
    #expect(abs(curve[1].x - (curve[0].x + curve[2].x) / 2) < 0.02)
  }

  @Test func whatIsNotFiniteLeavesAGap() throws {
    let found = try pieces(of: chart([.init("a", y: [1, 2, .nan, 3, 4, 5, .infinity, 6])]))
    #expect(found.map(\.count) == [2, 3])
    let lonely = try Element(parsing: chart([.init("a", y: [.nan, 6, .nan])]).svg)
    let plot = try #require(lonely.all("svg").first)
    #expect(!plot.all("circle").isEmpty)
  }

  @Test func seriesDifferInColourDashesAndMarkers() throws {
    let svg = try Element(parsing: chart((0..<7).map { .init("\($0)", y: [0, Double($0)]) }).svg)
    let plot = try #require(svg.all("svg").first)
    let lines = plot.all("path").filter { $0.attributes["stroke-dasharray"] != nil }
    #expect(Set(lines.compactMap { $0.attributes["stroke-dasharray"] }).count == 7)
    #expect(Set(plot.all("g").compactMap { $0.attributes["color"] }).count == 7)
    #expect(svg.all("text").map(\.text).suffix(7) == ["0", "1", "2", "3", "4", "5", "6"])
  }

  @Test func theBestPointHasARingAndIsInTheLegend() throws {
    let svg = try Element(parsing: chart([.init("control", y: [0.1, 0.73125, 0.2], best: 1)]).svg)
    let rings = svg.all("circle").filter { $0.attributes["fill"] == "none" }
    #expect(rings.count == 1)
    let curve = try #require(try pieces(of: chart([.init("control", y: [0.1, 0.73125, 0.2])])).first)
    #expect(rings.first?.attributes["cx"].flatMap(Double.init) == curve[1].x)
    #expect(rings.first?.attributes["cy"].flatMap(Double.init) == curve[1].y)
    #expect(svg.all("text").last?.text == "control, best 0.7312 at 2")
    #expect(
      svg.all("desc").first?.text.contains("control: 3 values from 0.1 to 0.7312, best 0.7312 at 2.") == true)
  }

  @Test func longCurvesKeepTheirSpikes() throws {
    var values = (0..<100_000).map { Double($0 % 100) / 100 }
    values[54_321] = 9
    values[12_345] = -4
    let curve = try #require(try pieces(of: chart([.init("a", y: values)])).first)
    let whole = try pieces(of: chart([.init("a", y: [9, -4])])).flatMap(\.self).map(\.y)
    #expect(curve.count < 1200)
    #expect(curve.map(\.y).min() == whole.min() && curve.map(\.y).max() == whole.max())
    #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.x <= $1.x })
  }

  @Test func curvesThatGoBackStayWhole() throws {
    let x = (0..<2000).map { Double($0 % 1000) }
    let found = try pieces(of: chart([.init("a", x: x, y: x)]))
    #expect(found.first?.count == 2000)
  }

  @Test func aGivenRangeCutsWhatIsOutside() throws {
    let svg = try Element(parsing: chart([.init("a", y: [0.5, 40, 0.5])], yRange: 0...1).svg)
    let plot = try #require(svg.all("svg").first)
    #expect(plot.attributes["overflow"] == "hidden")
    #expect(svg.all("text").map(\.text).contains("1.0") && !svg.all("text").map(\.text).contains("40"))
  }

  @Test func namesAreNotMarkupAndNothingIsLoaded() throws {
    let hostile = "<image href=\"https://example.org\"/>&'\u{1}"
    let chart = LineChart(
      title: hostile, xTitle: hostile, yTitle: hostile,
      series: [.init(hostile, y: [1, 2]), .init("", y: [])])
    let svg = try Element(parsing: chart.svg)
    #expect(svg.all("image").isEmpty && svg.all("script").isEmpty)
    #expect(svg.all("title").first?.text == hostile.replacing("\u{1}", with: "\u{fffd}"))
    #expect(svg.attributes["role"] == "img")
    #expect(try Element(parsing: self.chart([]).svg).all("text").map(\.text).contains("no values"))
  }

  @Test func estimatesHaveTheirIntervals() throws {
    let plot = DotPlot(
      title: "Gains", valueTitle: "gain", reference: 0, series: ["VGG16", "VGG19"],
      rows: [
        .init("LFW", [.init(0.5, in: -1...2), .init(mean: 1, standardDeviation: 0.25)]),
        .init("HELEN", [nil, .init(mean: 1, standardDeviation: .nan)]),
      ])
    let svg = try Element(parsing: plot.svg)
    let intervals = svg.all("path").filter { $0.attributes["stroke-width"] == "2" }
    #expect(intervals.count == 2)
    #expect(svg.all("circle").count == 2)  // one mark and the legend's
    let texts = svg.all("text").map(\.text)
    #expect(texts.contains("LFW") && texts.contains("HELEN") && texts.suffix(2) == ["VGG16", "VGG19"])
    let words = svg.all("desc").first?.text
    #expect(words == "gain. LFW: VGG16 0.5 (−1 to 2), VGG19 1 (0.75 to 1.25). HELEN: VGG19 1.")
  }
}
