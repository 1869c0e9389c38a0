import Foundation
import GraftMetrics
import GraftTensor

/// A part of a data set with what was measured there.
struct MeasuredPart {
  /// `validation` or `test`.
  let name: String
  /// How a model card begins the names of this part's figures.
  let prefix: String
  let scores: SegmentationScores
}

extension [MeasuredPart] {
  /// A table for each part.
  func tables(beside recorded: [String: Double]) -> String {
    map { "\($0.name) part\n\($0.table(beside: recorded))" }.joined(separator: "\n\n")
  }

  /// Under the names of the model card.
  var json: String {
    get throws {
      var values: [String: Double] = [:]
      for part in self {
        for (name, value) in part.scores.named() { values[part.prefix + name] = value }
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return String(decoding: try encoder.encode(values), as: UTF8.self)
    }
  }
}

extension MeasuredPart {
  /// The figures as a study's table prints them, with those that came with the network.
  fileprivate func table(beside recorded: [String: Double]) -> String {
    let values = scores.named()
    let rows = lines.map { title, name in
      [
        title, text(values[name]), text(recorded[prefix + name]), text(values["constantMask \(name)"]),
        text(recorded["\(prefix)constantMask \(name)"]),
      ]
    }
    let table = TextTable(
      header: ["IoU", "network", "as recorded", "constant mask", "as recorded"], rows: rows,
      rightAligned: [1, 2, 3, 4])
    let isSame = rows.allSatisfy { $0[1] == $0[2] && $0[3] == $0[4] }
    let verdict =
      isSame
      ? "These are the figures that the network was saved with."
      : "Some figures are not those that the network was saved with."
    return "\(table.text)\n\n\(scores.network.imageCount) pictures. \(verdict)"
  }

  /// What the table shows, from the top: titles, and names on a model card.
  private var lines: [(title: String, name: String)] {
    let measures = SegmentationFigures.Measure.allCases.filter { scores.network[$0] != nil }
    let names = scores.network.classes.map(\.name)
    return measures.map { ($0.title, $0.rawValue) }
      + (names.count > 2
        ? names.flatMap { [($0, "iou \($0)"), ("\($0), per image", "iouPerImage \($0)")] } : [])
  }

  private func text(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
}
