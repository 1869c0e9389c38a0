import Foundation
import GraftMetrics
import GraftTensor

/// The scores of a network and of the mask that is the same for every picture, on one part of a data set.
protocol Evaluation {
  /// How many pictures were measured.
  var pictureCount: Int { get }
  /// What the table shows, from the top.
  var figures: [Figure] { get }
  /// Whether there was a training part to make a constant mask of.
  var hasConstantMask: Bool { get }
}

/// A number of a network, and the constant mask's.
struct Figure {
  let title: String
  /// On a model card and in `results.json`: the network's, and that of the constant mask; nil where there is none.
  let name: String
  let baselineName: String?
  /// Nil where there is nothing to measure.
  let value, baseline: Double?
}

/// A part of a data set with what was measured there.
struct MeasuredPart {
  /// For people: `validation part`.
  let name: String
  /// How a model card begins the names of this part's figures.
  let prefix: String
  let evaluation: any Evaluation
}

extension [MeasuredPart] {
  /// A table for each part.
  ///
  /// - Parameter recorded: what the network's card says of these pictures; nil where it says nothing.
  func tables(beside recorded: [String: Double]?) -> String {
    map { "\($0.name)\n\($0.evaluation.table(beside: recorded, prefix: $0.prefix))" }
      .joined(separator: "\n\n")
  }

  /// Under the names of the model card.
  var json: String {
    get throws {
      var values: [String: Double] = [:]
      for part in self {
        for (name, value) in part.evaluation.values { values[part.prefix + name] = value }
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return String(decoding: try encoder.encode(values), as: UTF8.self)
    }
  }
}

extension Evaluation {
  /// The figures as a study's table prints them, with those that came with the network.
  fileprivate func table(beside recorded: [String: Double]?, prefix: String) -> String {
    func text(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
    func record(_ name: String?) -> String { text(name.flatMap { recorded?[prefix + $0] }) }
    let columns: [(title: String, cells: [String])] = [
      ("IoU", figures.map(\.title)), ("network", figures.map { text($0.value) }),
      ("as recorded", recorded == nil ? [] : figures.map { record($0.name) }),
      ("constant mask", hasConstantMask ? figures.map { text($0.baseline) } : []),
      ("as recorded", recorded == nil || !hasConstantMask ? [] : figures.map { record($0.baselineName) }),
    ].filter { !$0.cells.isEmpty }
    let rows = figures.indices.map { row in columns.map { $0.cells[row] } }
    let table = TextTable(
      header: columns.map(\.title), rows: rows, rightAligned: Set(columns.indices.dropFirst()))
    let count = "\(table.text)\n\n\(pictureCount) pictures."
    guard recorded != nil else { return count }
    let isSame = figures.allSatisfy { figure in
      text(figure.value) == record(figure.name) && text(figure.baseline) == record(figure.baselineName)
    }
    return count
      + (isSame
        ? " These are the figures that the network was saved with."
        : " Some figures are not those that the network was saved with.")
  }

  fileprivate var values: [String: Double] {
    var values: [String: Double] = [:]
    for figure in figures {
      values[figure.name] = figure.value
      if let name = figure.baselineName { values[name] = figure.baseline }
    }
    return values
  }
}

/// Of masks: the four intersections over union.
struct MaskEvaluation: Evaluation {
  let network: SegmentationScore
  let constantMask: SegmentationScore?
  var hasConstantMask: Bool { constantMask != nil }

  var pictureCount: Int { network.images.count }

  var figures: [Figure] {
    func figure(
      _ title: String, _ name: String, _ baseline: String, _ value: KeyPath<SegmentationScore, Double>
    ) -> Figure {
      Figure(
        title: title, name: name, baselineName: baseline, value: network[keyPath: value],
        baseline: constantMask?[keyPath: value])
    }
    return [
      figure("per image, hard", "iou", "meanMaskIoU", \.perImageHardIoU),
      figure("per image, soft", "iouSoft", "meanMaskIoUSoft", \.perImageSoftIoU),
      figure("global", "iouGlobal", "meanMaskIoUGlobal", \.globalHardIoU),
      figure("two-class mean", "iouTwoClass", "meanMaskIoUTwoClass", \.twoClassMeanIoU),
    ]
  }
}

/// Of several parts: the intersection over union of each, over all pixels together, and their means.
struct PartEvaluation: Evaluation {
  let classNames: [String]
  let network: PixelClassScore
  let constantMask: PixelClassScore?
  var hasConstantMask: Bool { constantMask != nil }

  var pictureCount: Int { network.imageCount }

  var figures: [Figure] {
    let perImage = network.perImageIoUs
    return [
      Figure(
        title: "mean of all", name: "iou", baselineName: "constantMaskIoU", value: network.meanIoU,
        baseline: constantMask?.meanIoU),
      Figure(
        title: "mean, per image", name: "iouPerImage", baselineName: "constantMaskIoUPerImage",
        value: network.perImageMeanIoU, baseline: constantMask?.perImageMeanIoU),
      Figure(
        title: "pixels right", name: "pixelAccuracy", baselineName: "constantMaskPixelAccuracy",
        value: network.pixelAccuracy, baseline: constantMask?.pixelAccuracy),
    ]
      + classNames.enumerated().flatMap { number, name in
        [
          Figure(
            title: name, name: "iou \(name)", baselineName: "constantMaskIoU \(name)",
            value: network.ious[number], baseline: constantMask?.ious[number]),
          Figure(
            title: "\(name), per image", name: "iouPerImage \(name)", baselineName: nil,
            value: perImage[number], baseline: nil),
        ]
      }
  }
}
