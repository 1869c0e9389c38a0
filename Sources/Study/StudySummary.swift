import Foundation
import GraftTensor

/// What several runs of one study with different seeds found together: means, and how far the runs lie apart.
public struct StudySummary {
  private let results: [StudyResults]

  /// Sums up the results of studies that differ in their seeds only; at least one.
  public init(_ results: [StudyResults]) { self.results = results }

  /// For each encoder, data set and kind of mask: control, gender and gain under each definition, as mean ± standard
  /// deviation over the seeds, and beside each gain how many seeds agree with its sign.
  public var table: String {
    let names = PaperFigures.ordered(results.flatMap(\.encoders.keys))
    let parts = names.map { name in
      [genderLine(name), segmentationTable(name), Self.partsTable(name, results)].compactMap(\.self).joined(
        separator: "\n\n")
    }
    let seeds = results.map { "\($0.configuration.seed)" }.joined(separator: ", ")
    return (parts + ["Mean ± standard deviation over the seeds \(seeds)."]).joined(separator: "\n\n")
  }

  private func genderLine(_ name: String) -> String {
    let found = results.compactMap { $0.encoders[name]?.gender }
    guard !found.isEmpty else { return name }
    return "\(name): gender accuracy \(Spread(found.map(\.accuracy)).text), majority class "
      + Spread(found.map(\.majorityShare)).text
  }

  private func segmentationTable(_ name: String) -> String? {
    let conditions = StudyResults.conditions(of: results.compactMap { $0.encoders[name] })
    let rows = conditions.flatMap { condition in
      StudyResults.Definition.allCases.enumerated().compactMap { index, definition -> [String]? in
        let pairs = results.compactMap { results -> (StudyResults.Segmentation, StudyResults.Segmentation)? in
          let found = results.encoders[name]?.segmentation.filter { $0.isPart(of: condition) } ?? []
          guard let control = found.first(where: { $0.arm == .control }),
            let gender = found.first(where: { $0.arm == .gender })
          else { return nil }
          return (control, gender)
        }
        guard !pairs.isEmpty else { return nil }
        let gains = pairs.map { definition.value(of: $1) - definition.value(of: $0) }
        let positive = gains.count { $0 > 0 }
        return [
          index == 0 ? condition.dataset : "",
          index == 0 ? condition.kind.title : "", definition.title,
          Spread(pairs.map { definition.value(of: $0.0) }).text,
          Spread(pairs.map { definition.value(of: $0.1) }).text, Spread(gains).signedText,
          "\(positive) of \(gains.count)", Spread(pairs.map { definition.baseline(of: $0.0) }).text,
        ]
      }
    }
    if rows.isEmpty { return nil }
    return TextTable(
      header: ["data", "mask", "IoU", "control", "gender", "gain", "gains above 0", "constant mask"],
      rows: rows, rightAligned: [3, 4, 5, 6, 7]
    ).text
  }
}

/// A mean and a standard deviation, that of a sample: divided by n − 1.
struct Spread: Equatable {
  let mean: Double
  /// Nil for a single value.
  let deviation: Double?

  init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    deviation =
      values.count < 2
      ? nil
      : (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }

  var text: String { String(format: "%.3f", mean) + spread }
  var signedText: String { String(format: "%+.3f", mean) + spread }
  private var spread: String { deviation.map { String(format: " ± %.3f", $0) } ?? "" }
}
