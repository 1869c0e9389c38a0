import Foundation
import GraftMetrics
import GraftTensor

/// The scores of a network and of the mask that is the same for every picture.
struct Evaluation {
  let network: SegmentationScore
  let constantMask: SegmentationScore

  /// One of the four intersections over union.
  private struct Definition {
    let title: String
    /// On a model card and in `results.json`: the network's, and that of the constant mask.
    let name, baseline: String
    let value: KeyPath<SegmentationScore, Double>
  }

  private static var definitions: [Definition] {
    [
      .init(title: "per image, hard", name: "iou", baseline: "meanMaskIoU", value: \.perImageHardIoU),
      .init(title: "per image, soft", name: "iouSoft", baseline: "meanMaskIoUSoft", value: \.perImageSoftIoU),
      .init(title: "global", name: "iouGlobal", baseline: "meanMaskIoUGlobal", value: \.globalHardIoU),
      .init(
        title: "two-class mean", name: "iouTwoClass", baseline: "meanMaskIoUTwoClass",
        value: \.twoClassMeanIoU),
    ]
  }

  /// The figures as a study's table prints them, with those that came with the network.
  func table(beside recorded: [String: Double]) -> String {
    let rows = Self.definitions.map { definition in
      [
        definition.title, Self.decimal(network[keyPath: definition.value]),
        recorded[definition.name].map(Self.decimal) ?? "–",
        Self.decimal(constantMask[keyPath: definition.value]),
        recorded[definition.baseline].map(Self.decimal) ?? "–",
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
    return "\(table.text)\n\n\(network.images.count) pictures. \(verdict)"
  }

  /// Under the names of `results.json`.
  var json: String {
    get throws {
      var values: [String: Double] = [:]
      for definition in Self.definitions {
        values[definition.name] = network[keyPath: definition.value]
        values[definition.baseline] = constantMask[keyPath: definition.value]
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return String(decoding: try encoder.encode(values), as: UTF8.self)
    }
  }

  private static func decimal(_ value: Double) -> String { String(format: "%.3f", value) }
}
