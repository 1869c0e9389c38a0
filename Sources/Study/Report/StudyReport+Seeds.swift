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
        results.flatMap(\.voidBlocks) + names.map { .paragraph(words(about: $0)) } + [.list(limits)]),
      .init(
        "Segmentation",
        names.filter { !conditions($0).isEmpty }.flatMap {
          [.subheading($0), .table(table(of: $0)), .dotPlot(plot(of: $0))]
        }),
      .init("Parts", names.compactMap(partTable).map { .table($0) }),
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

  /// The pairs of control and gender of a condition, one for each seed that has both.
  private func pairs(_ encoder: String, _ condition: StudyResults.ConditionName) -> [(
    control: StudyResults.Segmentation, gender: StudyResults.Segmentation
  )] {
    folders.compactMap { folder in
      guard let control = folder.results.segmentation(encoder, condition, .control),
        let gender = folder.results.segmentation(encoder, condition, .gender)
      else { return nil }
      return (control, gender)
    }
  }

  private func conditions(_ encoder: String) -> [StudyResults.ConditionName] {
    StudyResults.conditions(of: folders.compactMap { $0.results.encoders[encoder] })
  }

  private func table(of encoder: String) -> Table {
    var table = Table(
      title: PaperFigures.tableTitle(encoder) + ", over seeds",
      caption:
        "Mean ± standard deviation over the seeds; the gain of each seed is that of the same split and start values.",
      columns: [
        "condition", "IoU", .numbers("constant mask"), .numbers("control"), .numbers("gender"),
        .numbers("gain"),
        .numbers("gains above 0"), .numbers("the paper's control"), .numbers("the paper's gender"),
      ])
    for condition in conditions(encoder) {
      let pairs = pairs(encoder, condition)
      if pairs.isEmpty { continue }
      let paper = StudyResults.Arm.allCases.map { arm in
        folders[0].results.isDrawn ? nil : PaperFigures.iou(encoder, condition, arm)
      }
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
  private func partTable(of encoder: String) -> Table? {
    let rows = StudySummary.partRows(encoder, folders.map(\.results))
    if rows.isEmpty { return nil }
    return Table(
      title: "Parts of \(encoder), over seeds",
      caption: "Mean ± standard deviation over the seeds of the IoU over all pixels together.",
      columns: StudySummary.partColumns.enumerated().map { $0 < 2 ? .init($1) : .numbers($1) }, rows: rows)
  }

  private func plot(of encoder: String) -> DotPlot {
    DotPlot(
      title: "Gains of \(encoder), over seeds",
      caption: "Points of IoU: mean over the seeds, with one standard deviation to each side.",
      valueTitle: "gain in points", reference: 0, series: ["hard", "soft"],
      rows: conditions(encoder).map { condition in
        let pairs = pairs(encoder, condition)
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
      title: "Table 4.1, over seeds", caption: "Mean ± standard deviation of the validation accuracy.",
      columns: [
        "encoder", .numbers("accuracy"), .numbers("majority class"), .numbers("the paper's accuracy"),
      ],
      rows: encoders.compactMap { name in
        let found = folders.compactMap { $0.results.encoders[name]?.gender }
        if found.isEmpty { return nil }
        return [
          name, Spread(found.map(\.accuracy)).text, Spread(found.map(\.majorityShare)).text,
          PaperFigures.encoders[name].map { String(format: "%.4f", $0.genderAccuracy) } ?? "–",
        ]
      })
  }

  private func words(about encoder: String) -> String {
    let sentences = conditions(encoder).compactMap { condition -> String? in
      let gains = pairs(encoder, condition).map { 100 * ($0.gender.iou - $0.control.iou) }
      guard gains.count > 1, let deviation = Spread(gains).deviation else { return nil }
      let mean = Spread(gains).mean
      let statistic = abs(mean) / (deviation / Double(gains.count).squareRoot())
      let verdict =
        statistic > Self.studentQuantile(gains.count - 1)
        ? "beyond what differs from seed to seed (t test, p < 0.05)" : "within what differs from seed to seed"
      return "\(condition.title): \(signed(mean, digits: 1)) points, \(verdict)."
    }
    return "\(encoder), gain by gender tuning in per-image hard IoU. " + sentences.joined(separator: " ")
  }

  /// The 97.5 % quantile of Student's distribution, from its printed tables; for more than ten degrees of freedom a little
  /// too large, which is the careful side.
  private static func studentQuantile(_ degreesOfFreedom: Int) -> Double {
    let quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
    return quantiles[min(degreesOfFreedom, quantiles.count) - 1]
  }

  private var limits: [String] {
    [
      "\(folders.count) seeds: a standard deviation from so few values is itself uncertain.",
      "Epochs were chosen by the pictures on which they are measured, in both arms alike.",
    ]
      + (folders[0].results.isDrawn
        ? ["The faces are drawn by the program: nothing about photographs follows."] : [])
  }
}
