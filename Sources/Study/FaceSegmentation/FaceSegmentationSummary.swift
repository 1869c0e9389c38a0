import Foundation
import GraftTensor

/// What several runs of one study with different seeds found together: means, and how far the runs lie apart.
public struct FaceSegmentationSummary {
  private let results: [FaceSegmentationResults]

  /// Sums up the results of studies that differ in their seeds only; at least one.
  public init(_ results: [FaceSegmentationResults]) { self.results = results }

  /// For each encoder, data set and kind of mask: control, gender and gain under each measure, as mean ± standard
  /// deviation over the seeds, and beside each gain how many seeds agree with its sign; and which gains are beyond chance.
  public var table: String {
    let names = PaperFigures.ordered(results.flatMap(\.encoders.keys))
    let partitions = results.first?.partitions ?? []
    let parts = names.flatMap { name in
      [genderLine(name, partitions)] + partitions.compactMap { segmentationTable(name, $0) }
    }
    let seeds = results.map { "\($0.configuration.seed)" }.joined(separator: ", ")
    let sentences = [
      "Mean ± standard deviation over the seeds \(seeds).", significance, results.map(\.run).storeSentence,
    ]
    return (parts + sentences.compactMap(\.self)).joined(separator: "\n\n")
  }

  /// Nil where there is nothing to compare.
  private var significance: String? {
    let comparisons = SeedComparison.all(results)
    guard !comparisons.isEmpty, let partition = results.first?.partitions.first else { return nil }
    let table = TextTable(
      header: [SeedComparison].columns, rows: comparisons.rows, rightAligned: [3, 4, 5, 6])
    return "\(table.text)\n\(comparisons.explanation(partition))"
  }

  private func genderLine(_ name: String, _ partitions: [MeasuredPartition]) -> String {
    let measured = partitions.compactMap { partition -> String? in
      let found = results.compactMap { $0.encoders[name]?.gender?.scores[partition] }
      if found.isEmpty { return nil }
      return "\(Spread(found.map(\.accuracy)).text) on the \(partition.rawValue) part (majority class "
        + "\(Spread(found.map(\.majorityShare)).text))"
    }
    return measured.isEmpty ? name : "\(name): gender accuracy \(measured.joined(separator: ", "))"
  }

  private func segmentationTable(_ name: String, _ partition: MeasuredPartition) -> String? {
    let rows = SpreadLine.all(name, results, partition).map { line in
      [
        line.isFirst ? line.condition.dataset : "", line.isFirst ? line.condition.masks.title : "",
        line.title,
      ] + line.values
    }
    if rows.isEmpty { return nil }
    return "IoU on the \(partition.title)\n"
      + TextTable(
        header: ["data", "mask", "IoU"] + SpreadLine.columns, rows: rows, rightAligned: [3, 4, 5, 6, 7]
      ).text
  }
}

/// One number of a condition over several seeds.
struct SpreadLine {
  static let columns = ["control", "gender", "gain", "gains above 0", "constant mask"]

  let condition: FaceSegmentationResults.Condition
  /// Whether it is the first of its condition.
  let isFirst: Bool
  let title: String
  /// Under ``columns``.
  let values: [String]

  /// The lines of each condition of an encoder that a run or more have finished.
  static func all(
    _ encoder: String, _ results: [FaceSegmentationResults], _ partition: MeasuredPartition
  ) -> [SpreadLine] {
    FaceSegmentationResults.conditions(of: results.compactMap { $0.encoders[encoder] }).flatMap { condition in
      let runs = results.compactMap { $0.scores(encoder, condition, partition) }.map {
        ScoreLine.all(of: [$0.control, $0.gender])
      }
      return (runs.first ?? []).indices.compactMap { place in
        SpreadLine(
          condition, isFirst: place == 0,
          runs.compactMap { $0.indices.contains(place) ? $0[place] : nil })
      }
    }
  }

  /// Nil where no run has both values.
  private init?(_ condition: FaceSegmentationResults.Condition, isFirst: Bool, _ lines: [ScoreLine]) {
    let complete = lines.filter { $0.gain != nil }
    guard let first = complete.first else { return nil }
    self.condition = condition
    self.isFirst = isFirst
    title = first.title
    let gains = complete.compactMap(\.gain)
    let constant = complete.compactMap(\.constantMask)
    values = [
      Spread(complete.compactMap(\.control)).text, Spread(complete.compactMap(\.gender)).text,
      Spread(gains).signedText, "\(gains.count { $0 > 0 }) of \(gains.count)",
      constant.isEmpty ? "–" : Spread(constant).text,
    ]
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
