import Foundation
import GraftDatasets
import GraftImages
import GraftMetrics
import GraftReports
import GraftTraining

extension FaceSegmentationFolder {
  /// Figures 5.1 to 5.6: the validation IoU of an encoder over epochs, for each data set two lines a condition.
  func curveBlocks(_ encoder: String) -> [HTMLReport.Block] {
    let decoders = results.encoders[encoder]?.decoders ?? []
    var datasets: [FaceSegmentationResults.Condition] = []
    for condition in decoders.map(\.condition)
    where !datasets.contains(where: { $0.dataset == condition.dataset }) {
      datasets.append(condition)
    }
    return datasets.compactMap { first in
      let series = decoders.filter { $0.dataset == first.dataset }.compactMap { self.series(encoder, $0) }
      if series.isEmpty { return nil }
      return .lineChart(
        LineChart(
          title: PaperFigures.figureTitle(encoder, dataset: first.dataset),
          caption:
            "\(encoder) on \(first.datasetTitle): per-image hard IoU after each epoch; the best epochs are ringed.",
          xTitle: "epoch", yTitle: "validation IoU", series: series))
    }
  }

  private func series(_ encoder: String, _ decoder: FaceSegmentationResults.Decoder) -> LineChart.Series? {
    curve(encoder, decoder).map { curve in
      let best = decoder.bestEpoch - 1
      return .init(
        "\(decoder.masks.title), \(decoder.arm.rawValue)", y: curve,
        best: curve.indices.contains(best) ? best : nil)
    }
  }

  /// Figure 5.7 for each condition, and Figure 4.1.
  func pictureBlocks(_ encoder: String) throws -> [HTMLReport.Block] {
    let blocks = try results.conditions(encoder).compactMap { condition -> HTMLReport.Block? in
      guard let examples = try examples(encoder, condition) else { return nil }
      let names = classNames(encoder, condition)
      return .pictures(
        PictureGrid(
          title: "Figure 5.7, \(encoder) \(condition.name)",
          caption: """
            \(encoder), \(condition.title): the best, the median and the worst picture of the \
            \(results.partitions[0].rawValue) part by the mean of both arms' IoU.
            """,
          keys: names.count > 2 ? Self.keys(names) : [],
          rows: try examples.entries.map { entry in
            .init(
              "\(entry.rank): \(entry.identifier)",
              names.count > 2
                ? try classCells(entry, of: examples, names) : try maskCells(entry, of: examples))
          }))
    }
    if blocks.isEmpty { return [] }
    return [.subheading(encoder)] + (try maskFigure(encoder).map { [.pictures($0)] } ?? []) + blocks
  }

  private func classNames(_ encoder: String, _ condition: FaceSegmentationResults.Condition) -> [String] {
    let decoder = results.encoders[encoder]?.decoders.first { $0.condition == condition }
    return decoder?.scores.validation.network.classes.map(\.name) ?? []
  }

  private func photographCell(_ photograph: Picture, _ entry: ExamplePictures.Entry) -> PictureGrid.Cell {
    .init(photograph, caption: "input", alternativeText: "Photograph \(entry.identifier)")
  }

  /// Masks in white, and where predictions are wrong.
  private func maskCells(
    _ entry: ExamplePictures.Entry, of examples: ExamplePictures
  ) throws -> [PictureGrid.Cell] {
    let photograph = try examples.picture(entry, .photograph)
    let mask = try examples.picture(entry, .mask)
    var cells: [PictureGrid.Cell] = [
      photographCell(photograph, entry),
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
    return cells
  }

  /// Classes in colours.
  private func classCells(
    _ entry: ExamplePictures.Entry, of examples: ExamplePictures, _ classNames: [String]
  ) throws -> [PictureGrid.Cell] {
    let photograph = try examples.picture(entry, .photograph)
    func cell(_ kind: ExamplePictures.Kind, _ caption: String) throws -> PictureGrid.Cell {
      let numbers = try examples.picture(entry, kind)
      return .init(
        photograph.overlaid(withClasses: numbers, opacity: 0.7), caption: caption,
        alternativeText: Self.shares(of: numbers, classNames))
    }
    return [
      photographCell(photograph, entry), try cell(.mask, "labels"),
      try cell(.control, "control, IoU \(decimal(entry.control))"),
      try cell(.gender, "gender, IoU \(decimal(entry.gender))"),
    ]
  }

  /// Which colour is which class, as `overlaid(withClasses:)` paints them.
  private static func keys(_ classNames: [String]) -> [PictureGrid.Key] {
    let colors = [
      "orange", "sky blue", "green", "yellow", "blue", "vermilion", "purple", "grey", "light orange",
      "light sky blue",
    ]
    return zip(classNames.dropFirst(), colors).enumerated().map { number, named in
      .init("\(named.0) (\(named.1))", color: Picture.classColor(number))
    }
  }

  /// What share of a picture each class takes, for people who do not see the colours.
  private static func shares(of numbers: Picture, _ classNames: [String]) -> String {
    var counts = [Int](repeating: 0, count: classNames.count)
    for number in numbers.pixels where Int(number) < counts.count { counts[Int(number)] += 1 }
    return zip(classNames, counts).filter { $1 > 0 }.map { name, count in
      String(format: "%.1f %% \(name)", 100 * Double(count) / Double(numbers.pixels.count))
    }.joined(separator: ", ")
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
    for condition in conditions where condition.masks == .withHair && rows.isEmpty {
      let bare = FaceSegmentationResults.Condition(dataset: condition.dataset, masks: .withoutHair)
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
