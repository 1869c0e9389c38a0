import Foundation
import GraftMetrics
import GraftReports

extension FaceSegmentationReport {
  /// What several seeds say together.
  func sectionsOverSeeds() throws -> [HTMLReport.Section] {
    let names = PaperFigures.ordered(results.flatMap(\.encoders.keys))
    return [
      .init(
        "What they show",
        results.flatMap(\.voidBlocks) + genderWarnings(names)
          + (comparisonTable.map { [.table($0)] } ?? []) + [.list(limits)]),
      .init(
        "Segmentation",
        names.filter { !conditions($0).isEmpty }.flatMap { name in
          [.subheading(name)] + partitions.map { .table(table(of: name, $0)) } + [.dotPlot(plot(of: name))]
        }),
      .init("Gender", [.table(genderTable(names))]),
      .init(
        "The runs",
        [
          .links(
            studies.map { study in
              (
                "seed \(study.results.configuration.seed)",
                "\(study.folder.url.lastPathComponent)/report.html"
              )
            })
        ] + (results.map(\.run).storeSentence.map { [.paragraph($0)] } ?? [])
          + studies.suffix(1).flatMap { [.subheading("The last of them")] + $0.runBlocks }),
    ]
  }

  private var results: [FaceSegmentationResults] { studies.map(\.results) }
  private var partitions: [MeasuredPartition] { studies[0].results.partitions }

  private func conditions(_ encoder: String) -> [FaceSegmentationResults.Condition] {
    FaceSegmentationResults.conditions(of: results.compactMap { $0.encoders[encoder] })
  }

  /// Which seeds did not learn gender, so that their arms compare little.
  private func genderWarnings(_ encoders: [String]) -> [HTMLReport.Block] {
    encoders.compactMap { name in
      let seeds = results.filter { result in
        result.encoders[name]?.gender.map { !$0.scores.conclusive.beatsMajority } ?? false
      }.map { "\($0.configuration.seed)" }
      if seeds.isEmpty { return nil }
      return .warning(
        """
        \(name) has not learned gender with the seed\(seeds.count == 1 ? "" : "s") \(seeds.joined(separator: ", ")): always \
        giving the more frequent class is as accurate. What its gains say about tuning is worth little.
        """)
    }
  }

  private func table(of encoder: String, _ partition: MeasuredPartition) -> Table {
    let title = PaperFigures.tableTitle(encoder) + ", over seeds"
    // The paper measures on its validation part.
    let isPaper = !studies[0].results.isDrawn && partition == .validation
    return Table(
      title: partition == .validation ? title : "\(title), \(partition.rawValue)",
      caption: """
        On the \(partition.title): mean ± standard deviation over the seeds. The gain of each seed compares arms with the \
        same split and start values.
        """,
      columns: ["condition", "IoU"] + SpreadLine.columns.map { .numbers($0) }
        + (isPaper ? [.numbers("the paper's control"), .numbers("the paper's gender")] : []),
      rows: SpreadLine.all(encoder, results, partition).map { line in
        let paper =
          isPaper
          ? FaceSegmentationResults.Arm.allCases.map { PaperFigures.iou(encoder, line.condition, $0) } : []
        return [line.condition.title, line.title] + line.values + paper.map { $0.map(decimal) ?? "–" }
      })
  }

  private func plot(of encoder: String) -> DotPlot {
    let measures = [SegmentationFigures.Measure.iou, .iouSoft]
    return DotPlot(
      title: "Gains of \(encoder), over seeds",
      caption: """
        Points of IoU on the \(partitions[0].rawValue) part: mean over the seeds, with one standard deviation to each side.
        """,
      valueTitle: "gain in points", reference: 0, series: ["hard", "soft"],
      rows: conditions(encoder).map { condition in
        let pairs = results.compactMap { $0.scores(encoder, condition, partitions[0]) }
        let estimates = measures.map { measure -> DotPlot.Estimate? in
          let gains = pairs.compactMap { pair -> Double? in
            guard let control = pair.control.network[measure], let gender = pair.gender.network[measure]
            else {
              return nil
            }
            return 100 * (gender - control)
          }
          if gains.isEmpty { return nil }
          let spread = Spread(gains)
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
        let found = results.compactMap { $0.encoders[name]?.gender?.scores }
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
    let comparisons = SeedComparison.all(results)
    if comparisons.isEmpty { return nil }
    return Table(
      title: "Gains over seeds", caption: comparisons.explanation(partitions[0]),
      columns: [SeedComparison].columns.enumerated().map { (3...6).contains($0) ? .numbers($1) : .init($1) },
      rows: comparisons.rows)
  }

  private var limits: [String] {
    [
      "\(studies.count) seeds: a standard deviation from so few values is itself uncertain.",
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
      + (studies[0].results.isDrawn
        ? ["The faces are drawn by the program: nothing about photographs follows."] : [])
  }
}
