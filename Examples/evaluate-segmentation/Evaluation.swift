import Foundation
import GraftDatasets
import GraftMetrics
import GraftTensor

/// A part of a data set with what was measured there.
struct MeasuredPart {
  /// For people: `validation part`.
  let name: String
  /// How a model card begins the names of this part's figures.
  let prefix: String
  let network: SegmentationFigures
  /// Nil where there was no training part to make it of.
  let constantMask: SegmentationFigures?
}

extension Split.Parts {
  /// The validation part and, where there is one, the test part, each measured beside the training part.
  func measured(
    _ measure: (_ part: Dataset, _ name: String, _ prefix: String) throws -> MeasuredPart
  ) throws -> [MeasuredPart] {
    try [measure(validation, "validation part", "")]
      + (test.map { [try measure($0, "test part", "test ")] } ?? [])
  }
}

extension [MeasuredPart] {
  /// A table for each part.
  ///
  /// - Parameter recorded: what the network's card says of these pictures; nil where it says nothing.
  func tables(beside recorded: [String: Double]?) -> String {
    map { "\($0.name)\n\($0.table(beside: recorded))" }.joined(separator: "\n\n")
  }

  /// Under the names of the model card.
  var json: String {
    get throws {
      var values: [String: Double] = [:]
      for part in self { values.merge(part.named) { own, _ in own } }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return String(decoding: try encoder.encode(values), as: UTF8.self)
    }
  }
}

extension MeasuredPart {
  private static let baseline = ConstantMaskComparison.constantMaskPrefix

  /// Each figure by its name on a model card.
  fileprivate var named: [String: Double] {
    network.named(prefix: prefix).merging(constantMask?.named(prefix: prefix + Self.baseline) ?? [:]) {
      own, _ in own
    }
  }

  /// The figures as a study's table prints them, with those that came with the network.
  fileprivate func table(beside recorded: [String: Double]?) -> String {
    let (lines, measured) = (lines, named)
    func cells(_ values: [String: Double], _ start: String) -> [String] {
      lines.map { _, name in values[start + name].map { String(format: "%.3f", $0) } ?? "–" }
    }
    var columns = [("IoU", lines.map(\.title)), ("network", cells(measured, prefix))]
    if let recorded { columns.append(("as recorded", cells(recorded, prefix))) }
    if constantMask != nil {
      columns.append(("constant mask", cells(measured, prefix + Self.baseline)))
      if let recorded { columns.append(("as recorded", cells(recorded, prefix + Self.baseline))) }
    }
    let rows = lines.indices.map { row in columns.map { $0.1[row] } }
    let table = TextTable(
      header: columns.map(\.0), rows: rows, rightAligned: Set(columns.indices.dropFirst()))
    let count = "\(table.text)\n\n\(network.imageCount) pictures."
    guard let recorded else { return count }
    let isSame =
      cells(measured, prefix) == cells(recorded, prefix)
      && cells(measured, prefix + Self.baseline) == cells(recorded, prefix + Self.baseline)
    return count
      + (isSame
        ? " These are the figures that the network was saved with."
        : " Some figures are not those that the network was saved with.")
  }

  /// The rows of the table from the top: their titles, and their names on a model card.
  private var lines: [(title: String, name: String)] {
    let measures = SegmentationFigures.Measure.allCases.filter { network[$0] != nil }
    let names = network.classes.map(\.name)
    return measures.map { ($0.title, $0.rawValue) }
      + (names.count > 2
        ? names.flatMap { [($0, "iou \($0)"), ("\($0), per image", "iouPerImage \($0)")] } : [])
  }
}
