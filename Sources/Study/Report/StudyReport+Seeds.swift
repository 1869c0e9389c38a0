import Foundation
import GraftReports

extension StudyReport {
  /// What several seeds say together.
  func sectionsOverSeeds() throws -> [HTMLReport.Section] {
    let results = folders.map(\.results)
    let names = PaperFigures.ordered(results.flatMap(\.encoders.keys))
    return [
      .init(
        "What they show",
        results.flatMap(\.voidBlocks) + (comparisonTable.map { [.table($0)] } ?? []) + [.list(limits)]),
      .init(
        "Segmentation",
        names.filter { !conditions($0).isEmpty }.flatMap { name in
          [.subheading(name)] + partitions.map { .table(table(of: name, $0)) } + [.dotPlot(plot(of: name))]
        }),
      .init(
        "Parts",
        names.flatMap { name in partitions.compactMap { partTable(of: name, $0) } }.map { .table($0) }),
      .init("Gender", [.table(genderTable(names))]),
      .init(
        "The runs",
        [
          .links(
            folders.map { folder in
              ("seed \(folder.results.configuration.seed)", "\(folder.url.lastPathComponent)/report.html")
            })
        ] + folders.suffix(1).flatMap { [.subheading("The last of them")] + $0.runBlocks }),
    ]
  }

  private var partitions: [StudyResults.Partition] { folders[0].results.partitions }

  /// The scores of control and gender of a condition on one part of the data, one pair for each seed that has both.
  private func pairs(
    _ encoder: String, _ condition: StudyResults.ConditionName, _ partition: StudyResults.Partition
  ) -> [(control: StudyResults.Segmentation.Scores, gender: StudyResults.Segmentation.Scores)] {
    folders.compactMap { $0.results.scores(encoder, condition, partition) }
  }

  private func conditions(_ encoder: String) -> [StudyResults.ConditionName] {
    StudyResults.conditions(of: folders.compactMap { $0.results.encoders[encoder] })
  }

  private func table(of encoder: String, _ partition: StudyResults.Partition) -> Table {
    let title = PaperFigures.tableTitle(encoder) + ", over seeds"
    // The paper measures on its validation part.
    let isPaper = !folders[0].results.isDrawn && partition == .validation
    var table = Table(
      title: partition == .validation ? title : "\(title), \(partition.rawValue)",
      caption: """
        On the \(partition.title): mean ± standard deviation over the seeds. The gain of each seed compares arms with the \
        same split and start values.
        """,
      columns: [
        "condition", "IoU", .numbers("constant mask"), .numbers("control"), .numbers("gender"),
        .numbers("gain"),
        .numbers("gains above 0"),
      ] + (isPaper ? [.numbers("the paper's control"), .numbers("the paper's gender")] : []))
    for condition in conditions(encoder) {
      let pairs = pairs(encoder, condition, partition)
      if pairs.isEmpty { continue }
      let paper = isPaper ? StudyResults.Arm.allCases.map { PaperFigures.iou(encoder, condition, $0) } : []
      for definition in StudyResults.Definition.allCases {
        let gains = pairs.map { definition.value(of: $0.gender) - definition.value(of: $0.control) }
        table.append(
          [
            condition.title, definition.title, Spread(pairs.map { definition.baseline(of: $0.control) }).text,
            Spread(pairs.map { definition.value(of: $0.control) }).text,
            Spread(pairs.map { definition.value(of: $0.gender) }).text, Spread(gains).signedText,
            "\(gains.count { $0 > 0 }) of \(gains.count)",
          ] + paper.map { $0.map(decimal) ?? "–" })
      }
    }
    return table
  }

  /// Nil where no decoders were trained that tell parts apart.
  private func partTable(of encoder: String, _ partition: StudyResults.Partition) -> Table? {
    let rows = StudySummary.partRows(encoder, folders.map(\.results), partition)
    if rows.isEmpty { return nil }
    return Table(
      title: "Parts of \(encoder), over seeds, \(partition.rawValue)",
      caption: """
        On the \(partition.title): mean ± standard deviation over the seeds of the IoU over all pixels together.
        """,
      columns: StudySummary.partColumns.enumerated().map { $0 < 2 ? .init($1) : .numbers($1) }, rows: rows)
  }

  private func plot(of encoder: String) -> DotPlot {
    DotPlot(
      title: "Gains of \(encoder), over seeds",
      caption: """
        Points of IoU on the \(partitions[0].rawValue) part: mean over the seeds, with one standard deviation to each side.
        """,
      valueTitle: "gain in points", reference: 0, series: ["hard", "soft"],
      rows: conditions(encoder).map { condition in
        let pairs = pairs(encoder, condition, partitions[0])
        let estimates = [StudyResults.Definition.hard, .soft].map { definition -> DotPlot.Estimate? in
          if pairs.isEmpty { return nil }
          let spread = Spread(
            pairs.map { 100 * (definition.value(of: $0.gender) - definition.value(of: $0.control)) })
          return .init(mean: spread.mean, standardDeviation: spread.deviation ?? .nan)
        }
        return .init(condition.title, estimates)
      })
  }

  private func genderTable(_ encoders: [String]) -> Table {
    Table(
      title: "Table 4.1, over seeds", caption: "Mean ± standard deviation of the accuracy over the seeds.",
      columns: ["encoder"]
        + partitions.flatMap {
          [.numbers("\($0.rawValue) accuracy"), .numbers("\($0.rawValue) majority class")]
        } + [.numbers("the paper's accuracy")],
      rows: encoders.compactMap { name in
        let found = folders.compactMap { $0.results.encoders[name]?.gender?.scores }
        if found.isEmpty { return nil }
        let measured = partitions.flatMap { partition in
          let own = found.compactMap { $0[partition] }
          return [own.map(\.accuracy), own.map(\.majorityShare)].map { $0.isEmpty ? "–" : Spread($0).text }
        }
        return [name] + measured
          + [PaperFigures.encoders[name].map { String(format: "%.4f", $0.genderAccuracy) } ?? "–"]
      })
  }

  /// The gains with their tests; nil where there is nothing to compare.
  private var comparisonTable: Table? {
    let comparisons = SeedComparison.all(folders.map(\.results))
    if comparisons.isEmpty { return nil }
    return Table(
      title: "Gains over seeds", caption: comparisons.explanation(partitions[0]),
      columns: [SeedComparison].columns.enumerated().map { (3...6).contains($0) ? .numbers($1) : .init($1) },
      rows: comparisons.rows)
  }

  private var limits: [String] {
    [
      "\(folders.count) seeds: a standard deviation from so few values is itself uncertain.",
      partitions[0] == .test
        ? """
        Epochs were chosen by the validation part, whose values therefore flatter; the test part was measured once. Where \
        the publishers drew it up, all seeds share it.
        """
        : """
        Epochs were chosen by the pictures on which they are measured, so that all values flatter, and those of an arm that \
        learns faster more, as it has more epochs to choose from.
        """,
    ]
      + (folders[0].results.isDrawn
        ? ["The faces are drawn by the program: nothing about photographs follows."] : [])
  }
}
