import GraftTraining
import GraftMetrics
import GraftDatasets
import Foundation
import GraftImages
import GraftReports

extension StudyFolder {
  /// Figures 5.1 to 5.6: the validation IoU of an encoder over epochs, for each data set four lines.
  func curveBlocks(_ encoder: String) -> [HTMLReport.Block] {
    let conditions = results.conditions(encoder)
    var datasets: [String] = []
    for condition in conditions where !datasets.contains(condition.dataset) {
      datasets.append(condition.dataset)
    }
    return datasets.compactMap { dataset in
      let own = conditions.filter { $0.dataset == dataset }
      let series = own.flatMap { condition in
        StudyResults.Arm.allCases.compactMap { self.series(encoder, condition, $0) }
      }
      if series.isEmpty { return nil }
      return .lineChart(
        LineChart(
          title: PaperFigures.figureTitle(encoder, dataset: dataset),
          caption:
            "\(encoder) on \(own[0].datasetTitle): per-image hard IoU after each epoch; the best epochs are ringed.",
          xTitle: "epoch", yTitle: "validation IoU", series: series))
    }
  }

  private func series(_ encoder: String, _ condition: StudyResults.ConditionName, _ arm: StudyResults.Arm)
    -> LineChart.Series?
  {
    guard
      let curve = curve(
        "\(encoder)-\(condition.text)-\(arm.rawValue)", MonitoredMetric.validation(.iou).name), !curve.isEmpty
    else {
      return nil
    }
    let best = results.segmentation(encoder, condition, arm).map { $0.bestEpoch - 1 }
    return .init(
      "\(condition.hair ? "hair" : "no hair"), \(arm.rawValue)", y: curve,
      best: best.flatMap { curve.indices.contains($0) ? $0 : nil })
  }

  /// Figure 5.7 for each condition, and Figure 4.1.
  func pictureBlocks(_ encoder: String) throws -> [HTMLReport.Block] {
    var blocks: [HTMLReport.Block] = []
    for condition in results.conditions(encoder) {
      guard let examples = try examples(encoder, condition) else { continue }
      blocks.append(
        .pictures(
          PictureGrid(
            title: "Figure 5.7, \(encoder) \(condition.text)",
            caption: """
              \(encoder), \(condition.title): the best, the median and the worst picture of the \
              \(results.partitions[0].rawValue) part by the mean of both arms' IoU.
              """,
            rows: try examples.entries.map { try row($0, of: examples) })))
    }
    if blocks.isEmpty { return [] }
    return [.subheading(encoder)] + (try maskFigure(encoder).map { [.pictures($0)] } ?? []) + blocks
  }

  private func row(_ entry: ExamplePictures.Entry, of examples: ExamplePictures) throws -> PictureGrid.Row {
    let photograph = try examples.picture(entry, .photograph)
    let mask = try examples.picture(entry, .mask)
    var cells: [PictureGrid.Cell] = [
      .init(photograph, caption: "input", alternativeText: "Photograph \(entry.identifier)"),
      .init(mask, caption: "label mask", alternativeText: "Its mask; the face is white"),
    ]
    let arms = [(ExamplePictures.Kind.control, entry.control), (.gender, entry.gender)]
    for (kind, iou) in arms {
      cells.append(
        .init(
          try examples.picture(entry, kind), caption: "\(kind.rawValue): prediction",
          alternativeText: "Predicted mask with IoU \(decimal(iou))"))
    }
    for (kind, iou) in arms {
      let prediction = try examples.picture(entry, kind)
      cells.append(
        .errors(
          of: prediction, against: mask, on: photograph,
          caption: "\(kind.rawValue): error, IoU \(decimal(iou))",
          alternativeText: Self.errors(of: prediction, against: mask)))
    }
    return .init("\(entry.rank): \(entry.identifier)", cells)
  }

  private static func errors(of prediction: Picture, against mask: Picture) -> String {
    let pairs = zip(prediction.pixels, mask.pixels)
    let share = 100 / Double(mask.pixels.count)
    let positive = Double(pairs.count { $0 != 0 && $1 == 0 }) * share
    let negative = Double(pairs.count { $0 == 0 && $1 != 0 }) * share
    return String(
      format: "%.1f %% of the pixels are false positives, %.1f %% false negatives", positive, negative)
  }

  /// Figure 4.1: what counts as face with hair and without.
  private func maskFigure(_ encoder: String) throws -> PictureGrid? {
    let conditions = results.conditions(encoder)
    var rows: [PictureGrid.Row] = []
    for condition in conditions where condition.hair && rows.isEmpty {
      let bare = StudyResults.ConditionName(dataset: condition.dataset, classes: .withoutHair)
      guard let hair = try examples(encoder, condition), let first = hair.entries.first,
        let other = try examples(encoder, bare),
        let same = other.entries.first
      else { continue }
      let pairs = [(hair, first, "with hair"), (other, same, "without hair")]
      rows = [
        .init(
          "",
          try pairs.flatMap { examples, entry, region -> [PictureGrid.Cell] in
            let photograph = try examples.picture(entry, .photograph)
            let mask = try examples.picture(entry, .mask)
            return [
              .init(photograph, caption: entry.identifier, alternativeText: "Photograph \(entry.identifier)"),
              .init(
                photograph.overlaid(with: mask, color: .blue), caption: "label mask \(region)",
                alternativeText: "The photograph with its mask \(region) in blue"),
            ]
          })
      ]
    }
    if rows.isEmpty { return nil }
    return PictureGrid(
      title: "Figure 4.1, \(encoder)", caption: "What counts as face, with hair and without.", rows: rows)
  }
}
