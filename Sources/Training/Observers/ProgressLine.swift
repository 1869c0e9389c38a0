/// One line about how something goes, which makes do with the columns that there are: first its names are shortened, then the
/// bar is, then rates are left out, and in the end all that does not fit.
struct ProgressLine {
  /// The names of the work, from the whole to the part.
  var names: [String]
  /// How much of it is done, from 0 to 1; nil for no bar.
  var done: Double?
  /// The figures that are always shown.
  var figures: [String]
  /// The figures that are shown where there is room, the last ones being the first to be left out.
  var rates: [String] = []

  private static let gap = "   "
  private static let shortestName = 8
  private static let barWidths = [20, 10, 5, 0]

  /// The line for a file, without a bar.
  var text: String { text(names: names, barWidth: 0, rates: rates) }

  /// The line for a screen.
  func text(columns: Int) -> String {
    func fits(_ text: String) -> Bool { text.columnCount <= columns }
    let whole = text(names: names, barWidth: Self.barWidths[0], rates: rates)
    if fits(whole) { return whole }
    let shortNames = names.map { $0.shortened(to: Self.shortestName) }
    for width in Self.barWidths {
      if fits(text(names: shortNames, barWidth: width, rates: rates)) {
        return text(
          names: shortened(to: columns, barWidth: width, rates: rates), barWidth: width, rates: rates)
      }
    }
    for count in rates.indices.reversed() {
      let rates = Array(rates.prefix(count))
      if fits(text(names: shortNames, barWidth: 0, rates: rates)) {
        return text(names: shortened(to: columns, barWidth: 0, rates: rates), barWidth: 0, rates: rates)
      }
    }
    return text(names: shortNames, barWidth: 0, rates: []).shortened(to: columns)
  }

  /// The names cut until the line fits, the longest first.
  private func shortened(to columns: Int, barWidth: Int, rates: [String]) -> [String] {
    var (names, widths) = (names, names.map(\.columnCount))
    while text(names: names, barWidth: barWidth, rates: rates).columnCount > columns {
      guard let longest = widths.indices.max(by: { widths[$0] < widths[$1] }),
        widths[longest] > Self.shortestName
      else { break }
      widths[longest] -= 1
      names[longest] = self.names[longest].shortened(to: widths[longest])
    }
    return names
  }

  private func text(names: [String], barWidth: Int, rates: [String]) -> String {
    let parts = names + figures + rates
    guard let done, barWidth > 0 else { return parts.filter { !$0.isEmpty }.joined(separator: Self.gap) }
    let filled = max(0, min(barWidth, Int(Double(barWidth) * done)))
    let bar =
      "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: barWidth - filled) + "]"
    let first = (figures.first.map { [bar + " " + $0] } ?? [bar]) + figures.dropFirst()
    return (names + first + rates).filter { !$0.isEmpty }.joined(separator: Self.gap)
  }
}
