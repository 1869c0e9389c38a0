import GraftDatasets
import Foundation
import GraftImages
import GraftReports

// What there is to show of decoders that tell parts apart.

extension StudyFolder {
  /// For each data set the intersection over union of each class and their mean, and what the tuned encoder gains.
  func partBlocks(_ encoder: String) -> [HTMLReport.Block] {
    (results.encoders[encoder]?.partPairs ?? []).flatMap { pair -> [HTMLReport.Block] in
      let name = StudyResults.ConditionName(dataset: pair.dataset, classes: .parts)
      var blocks: [HTMLReport.Block] = results.partitions.map { partition in
        .table(partTable(encoder, name, partition, pair.control, pair.gender))
      }
      if let gain = results.sentence(encoder, name) {
        blocks.append(.paragraph("\(name.title), mean IoU of each picture: \(gain)."))
      }
      return blocks
    }
  }

  private func partTable(
    _ encoder: String, _ name: StudyResults.ConditionName, _ partition: StudyResults.Partition,
    _ control: StudyResults.Parts?, _ gender: StudyResults.Parts?
  ) -> Table {
    let epochs = [control, gender].compactMap { result in
      result.map { "\($0.arm.rawValue) \($0.bestEpoch) of \($0.epochs)" }
    }
    return Table(
      title: "Parts of \(encoder) on \(name.dataset), \(partition.rawValue)",
      caption: """
        IoU of each class over all pixels together, on the \(partition.title), at the best epoch \
        (\(epochs.joined(separator: ", "))). That is the epoch with the best validation mean over all classes, background \
        included. The constant mask has at each pixel the class that is most frequent there in the training part.
        """,
      columns: ["class"] + ["constant mask", "control", "gender", "gain"].map { .numbers($0) },
      rows: StudyResults.partRows(control?.scores[partition], gender?.scores[partition]))
  }

  /// The validation mean over classes after each epoch, for each data set both arms.
  func partCurveBlocks(_ encoder: String) -> [HTMLReport.Block] {
    (results.encoders[encoder]?.partPairs ?? []).compactMap { pair in
      let name = StudyResults.ConditionName(dataset: pair.dataset, classes: .parts)
      let series = [pair.control, pair.gender].compactMap { result -> LineChart.Series? in
        guard let result,
          let curve = curve("\(encoder)-\(name.text)-\(result.arm.rawValue)", "validationMeanIoU")
        else { return nil }
        return .init(
          result.arm.rawValue, y: curve,
          best: curve.indices.contains(result.bestEpoch - 1) ? result.bestEpoch - 1 : nil)
      }
      if series.isEmpty { return nil }
      return .lineChart(
        LineChart(
          title: "Parts, \(encoder) on \(name.dataset), curves",
          caption:
            "\(encoder), \(name.title): mean IoU over classes after each epoch; the best epochs are ringed.",
          xTitle: "epoch", yTitle: "validation mean IoU", series: series))
    }
  }

  /// The best, the median and the worst picture of each data set, with its parts in colours.
  func partPictureBlocks(_ encoder: String) throws -> [HTMLReport.Block] {
    try (results.encoders[encoder]?.partPairs ?? []).compactMap { pair in
      let name = StudyResults.ConditionName(dataset: pair.dataset, classes: .parts)
      guard let examples = try examples(encoder, name),
        let classes = (pair.control ?? pair.gender)?.scores.validation.classes
      else { return nil }
      return .pictures(
        PictureGrid(
          title: "Parts, \(encoder) \(name.text)",
          caption: """
            \(encoder), \(name.title): the best, the median and the worst picture of the \
            \(results.partitions[0].rawValue) part by the mean of both arms' IoU.
            """,
          keys: Self.keys(classes.map(\.name)),
          rows: try examples.entries.map { try partRow($0, of: examples, classes.map(\.name)) }))
    }
  }

  private func partRow(
    _ entry: ExamplePictures.Entry, of examples: ExamplePictures, _ classNames: [String]
  ) throws -> PictureGrid.Row {
    let photograph = try examples.picture(entry, .photograph)
    func cell(_ kind: ExamplePictures.Kind, _ caption: String) throws -> PictureGrid.Cell {
      let numbers = try examples.picture(entry, kind)
      return .init(
        photograph.overlaid(withClasses: numbers, opacity: 0.7), caption: caption,
        alternativeText: Self.shares(of: numbers, classNames))
    }
    return .init(
      "\(entry.rank): \(entry.identifier)",
      [
        .init(photograph, caption: "input", alternativeText: "Photograph \(entry.identifier)"),
        try cell(.mask, "labels"), try cell(.control, "control, IoU \(decimal(entry.control))"),
        try cell(.gender, "gender, IoU \(decimal(entry.gender))"),
      ])
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

  /// What of a picture each class takes: for whoever does not see the colours.
  private static func shares(of numbers: Picture, _ classNames: [String]) -> String {
    var counts = [Int](repeating: 0, count: classNames.count)
    for number in numbers.pixels where Int(number) < counts.count { counts[Int(number)] += 1 }
    return zip(classNames, counts).filter { $1 > 0 }.map { name, count in
      String(format: "%.1f %% \(name)", 100 * Double(count) / Double(numbers.pixels.count))
    }.joined(separator: ", ")
  }
}
