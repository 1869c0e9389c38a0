import Foundation
import GraftTensor

// What a terminal shows of decoders that tell parts apart.

extension StudyResults {
  /// One line for each class and one for their mean, of one part of the data; nil where nothing of that kind was trained.
  func partsTable(_ encoder: Encoder, _ partition: Partition) -> String? {
    let rows = encoder.partPairs.flatMap { pair in
      Self.partRows(pair.control?.scores[partition], pair.gender?.scores[partition]).enumerated().map {
        index, row in
        let epochs = [pair.control, pair.gender].map { $0.map { "\($0.bestEpoch)/\($0.epochs)" } ?? "–" }
        return [index == 0 ? pair.dataset : "", row[0], row[2], row[3], row[4], row[1]]
          + [index == 0 ? epochs.joined(separator: ", ") : ""]
      }
    }
    if rows.isEmpty { return nil }
    let table = TextTable(
      header: [
        "data", "part, global IoU", "control", "gender", "gain", "constant mask", "best epoch/epochs",
      ],
      rows: rows, rightAligned: [2, 3, 4, 5])
    return "Parts on the \(partition.title)\n\(table.text)"
  }

  /// For each class, their mean, the mean over pictures and the share of right pixels: name, constant mask, control,
  /// gender, gain.
  static func partRows(_ control: Parts.Scores?, _ gender: Parts.Scores?) -> [[String]] {
    guard let first = control ?? gender else { return [] }
    func row(_ name: String, _ baseline: Double?, _ value: (Parts.Scores) -> Double?) -> [String] {
      let values = [control.flatMap(value), gender.flatMap(value)]
      let gain = values[0].flatMap { before in values[1].map { $0 - before } }
      return [name] + [baseline, values[0], values[1]].map { $0.map(decimal) ?? "–" }
        + [gain.map { signed($0) } ?? "–"]
    }
    let means = [
      row("mean of all", first.constantMaskIoU) { $0.iou },
      row("mean, per image", first.constantMaskIoUPerImage) { $0.iouPerImage },
      row("pixels right", first.constantMaskPixelAccuracy) { $0.pixelAccuracy },
    ]
    return means
      + first.classes.enumerated().map { number, own in
        row(own.name, own.constantMaskIoU) {
          $0.classes.indices.contains(number) ? $0.classes[number].iou : nil
        }
      }
  }
}
