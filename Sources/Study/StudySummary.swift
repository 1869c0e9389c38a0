import Foundation
import GraftTensor

/// What several runs of one study with different seeds found together: means, and how far the runs lie apart.
public struct StudySummary {
  private let results: [StudyResults]

  /// Sums up the results of studies that differ in their seeds only; at least one.
  public init(_ results: [StudyResults]) { self.results = results }

  /// For each encoder, data set and kind of mask: control, gender and gain under each definition, as mean ± standard
  /// deviation over the seeds, and beside each gain how many seeds agree with its sign; and which gains are beyond chance.
  public var table: String {
    let names = PaperFigures.ordered(results.flatMap(\.encoders.keys))
    let partitions = results.first?.partitions ?? []
    let parts = names.flatMap { name in
      [genderLine(name, partitions)] + partitions.compactMap { segmentationTable(name, $0) }
        + partitions.compactMap { Self.partsTable(name, results, $0) }
    }
    let seeds = results.map { "\($0.configuration.seed)" }.joined(separator: ", ")
    return
      (parts + ["Mean ± standard deviation over the seeds \(seeds)."] + [significance].compactMap(\.self))
      .joined(separator: "\n\n")
  }

  /// Nil where there is nothing to compare.
  private var significance: String? {
    let comparisons = SeedComparison.all(results)
    guard !comparisons.isEmpty, let partition = results.first?.partitions.first else { return nil }
    let table = TextTable(
      header: [SeedComparison].columns, rows: comparisons.rows, rightAligned: [3, 4, 5, 6])
    return "\(table.text)\n\(comparisons.explanation(partition))"
  }

  private func genderLine(_ name: String, _ partitions: [StudyResults.Partition]) -> String {
    let measured = partitions.compactMap { partition -> String? in
      let found = results.compactMap { $0.encoders[name]?.gender?.scores[partition] }
      if found.isEmpty { return nil }
      return "\(Spread(found.map(\.accuracy)).text) on the \(partition.rawValue) part (majority class "
        + "\(Spread(found.map(\.majorityShare)).text))"
    }
    return measured.isEmpty ? name : "\(name): gender accuracy \(measured.joined(separator: ", "))"
  }

  private func segmentationTable(_ name: String, _ partition: StudyResults.Partition) -> String? {
    let conditions = StudyResults.conditions(of: results.compactMap { $0.encoders[name] })
    let rows = conditions.flatMap { condition in
      StudyResults.Definition.allCases.enumerated().compactMap { index, definition -> [String]? in
        let pairs = results.compactMap { $0.scores(name, condition, partition) }
        guard !pairs.isEmpty else { return nil }
        let gains = pairs.map { definition.value(of: $0.gender) - definition.value(of: $0.control) }
        let positive = gains.count { $0 > 0 }
        return [
          index == 0 ? condition.dataset : "",
          index == 0 ? condition.classes.title : "", definition.title,
          Spread(pairs.map { definition.value(of: $0.control) }).text,
          Spread(pairs.map { definition.value(of: $0.gender) }).text, Spread(gains).signedText,
          "\(positive) of \(gains.count)", Spread(pairs.map { definition.baseline(of: $0.control) }).text,
        ]
      }
    }
    if rows.isEmpty { return nil }
    return "IoU on the \(partition.title)\n"
      + TextTable(
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
