import Foundation
import GraftMetrics
import GraftReports
import GraftTraining

extension FaceSegmentationFolder {
  /// The table of an encoder in the paper's form, its gains, and what there is to say about them.
  func segmentationBlocks(_ encoder: String) throws -> [HTMLReport.Block] {
    let conditions = results.conditions(encoder)
    if conditions.isEmpty { return [] }
    var blocks: [HTMLReport.Block] = [.subheading(encoder)]
    blocks += results.partitions.map { .table(iouTable(encoder, conditions, $0)) }
    blocks += conditions.flatMap { condition in
      results.partitions.compactMap { classTable(encoder, condition, $0).map { .table($0) } }
    }
    blocks.append(.list(results.encoders[encoder].map(results.sidesInShort) ?? []))
    if let gains = gainTable(encoder, conditions) {
      blocks += [.table(gains), .dotPlot(gainPlot(encoder, conditions))]
    }
    if let means = results.encoders[encoder].flatMap(results.gains) { blocks.append(.paragraph(means)) }
    return blocks
  }

  /// Rows for each definition: constant mask, control, gender, gain; above them what the paper prints.
  private func iouTable(
    _ encoder: String, _ conditions: [FaceSegmentationResults.Condition], _ partition: MeasuredPartition
  ) -> Table {
    // The paper measures on its validation part.
    let isPaper = PaperFigures.encoders[encoder] != nil && !results.isDrawn && partition == .validation
    let title = PaperFigures.tableTitle(encoder)
    var table = Table(
      title: partition == .validation ? title : "\(title), \(partition.rawValue)",
      caption: """
        IoU of \(encoder) on the \(partition.title), at the best epoch, under each measure, beside that of a mask that is \
        the same for every picture\
        \(isPaper ? ", and beside what the paper prints; it does not say which measure that is" : "").
        """,
      columns: ["IoU", "model"] + conditions.map { .numbers($0.title) })
    func row(_ name: String, _ model: String, _ value: (FaceSegmentationResults.Condition) -> String?) {
      table.append([name, model] + conditions.map { value($0) ?? "–" })
    }
    if isPaper {
      for arm in FaceSegmentationResults.Arm.allCases {
        row("the paper's", arm.rawValue) { PaperFigures.iou(encoder, $0, arm).map(decimal) }
      }
    }
    let lines = conditions.map { condition in
      (condition, ScoreLine.measures(of: scores(encoder, condition, partition)))
    }
    for measure in SegmentationFigures.Measure.allCases {
      func value(_ read: @escaping (ScoreLine) -> Double?) -> (FaceSegmentationResults.Condition) -> Double? {
        { condition in lines.first { $0.0 == condition }?.1[measure].flatMap(read) }
      }
      func add(_ model: String, _ read: @escaping (ScoreLine) -> Double?, _ text: (Double) -> String) {
        row(measure.title, model) { value(read)($0).map(text) }
      }
      add("constant mask", \.constantMask, decimal)
      add("control", \.control, decimal)
      add("gender", \.gender, decimal)
      add("gain", \.gain) { signed($0) }
    }
    return table
  }

  private func scores(
    _ encoder: String, _ condition: FaceSegmentationResults.Condition, _ partition: MeasuredPartition
  ) -> [ConstantMaskComparison?] {
    FaceSegmentationResults.Arm.allCases.map {
      results.encoders[encoder]?.decoder(condition, $0)?.scores[partition]
    }
  }

  /// The intersection over union of each class over all pictures together; nil where there are two classes, of which the
  /// measures say everything.
  private func classTable(
    _ encoder: String, _ condition: FaceSegmentationResults.Condition, _ partition: MeasuredPartition
  ) -> Table? {
    let lines = ScoreLine.classes(of: scores(encoder, condition, partition))
    if lines.isEmpty { return nil }
    func text(_ value: Double?) -> String { value.map(decimal) ?? "–" }
    return Table(
      title: "Classes of \(encoder) on \(condition.name), \(partition.rawValue)",
      caption: "IoU of each class over all pictures together, on the \(partition.title).",
      columns: ["class"] + ["constant mask", "control", "gender", "gain"].map { .numbers($0) },
      rows: lines.map { line in
        [
          line.title, text(line.constantMask), text(line.control), text(line.gender),
          line.gain.map { signed($0) } ?? "–",
        ]
      })
  }

  private func gainTable(_ encoder: String, _ conditions: [FaceSegmentationResults.Condition]) -> Table? {
    let rows = conditions.compactMap { condition -> [String]? in
      guard let gain = results.encoders[encoder]?.gains[condition.name]?.conclusive,
        let (control, gender) = results.pair(encoder, condition),
        let corrected = results.correctedPValues[encoder]?[condition.name]
      else { return nil }
      let paper = results.isDrawn ? nil : PaperFigures.gain(encoder, condition)
      let before = control.scores.conclusive.network[.iou] ?? 0
      let after = gender.scores.conclusive.network[.iou] ?? 0
      return [
        condition.title, signed(100 * gain.mean, digits: 1),
        before > 0 ? String(format: "%+.1f %%", 100 * (after / before - 1)) : "–",
        "\(signed(100 * gain.lower, digits: 1)) to \(signed(100 * gain.upper, digits: 1))",
        gain.unit.rawValue,
        String(format: "%.4f", gain.pValue), String(format: "%.4f", corrected),
        paper.map { signed(100 * $0, digits: 1) } ?? "–",
        "\(control.bestEpoch) of \(control.epochs), \(gender.bestEpoch) of \(gender.epochs)",
        headStart(encoder, condition) ?? "–",
      ]
    }
    if rows.isEmpty { return nil }
    return Table(
      title: "Gains of \(encoder)",
      caption: """
        What the tuned encoder gains on the same pictures of the \(results.partitions[0].rawValue) part, per-image hard IoU in \
        points; 95 % interval and two-sided p from a paired bootstrap over people, or over pictures where people are not \
        known. The corrected p is Holm's for the \(results.gainCount) comparisons of this run.
        """,
      columns: [
        "condition", .numbers("gain"), .numbers("relative"), .numbers("95 % interval"), "bootstrap over",
        .numbers("p"), .numbers("p, corrected"),
        .numbers("the paper's gain"), "best epoch, control and gender", "gender reaches control's best",
      ], rows: rows)
  }

  private func gainPlot(_ encoder: String, _ conditions: [FaceSegmentationResults.Condition]) -> DotPlot {
    DotPlot(
      title: "Gains of \(encoder), plot",
      caption:
        "Points of per-image hard IoU on the \(results.partitions[0].rawValue) part, with 95 % bootstrap intervals.",
      valueTitle: "gain in points", reference: 0, series: [encoder],
      rows: conditions.compactMap { condition in
        (results.encoders[encoder]?.gains[condition.name]?.conclusive).map { gain in
          .init(condition.title, [.init(100 * gain.mean, in: 100 * gain.lower...100 * gain.upper)])
        }
      })
  }

  /// When the tuned encoder's decoder is first as good as the control's best, as the paper's curves are read.
  private func headStart(_ encoder: String, _ condition: FaceSegmentationResults.Condition) -> String? {
    guard let (control, gender) = results.pair(encoder, condition), let curve = curve(encoder, gender),
      let best = control.scores.validation.network[.iou]
    else { return nil }
    return curve.firstIndex { $0 >= best }.map { "epoch \($0 + 1)" } ?? "never"
  }

  /// Tables 3.1 and 4.1, and the curves of the tunings.
  func genderBlocks(_ encoders: [String]) throws -> [HTMLReport.Block] {
    let tuned = encoders.filter { results.encoders[$0]?.gender != nil }
    if tuned.isEmpty { return [] }
    var accuracies = Table(
      title: "Table 4.1",
      caption:
        """
        Gender recognition on each part of the data, and the accuracy of always giving the class that is more frequent there.
        """,
      columns: ["encoder", .numbers("epochs"), .numbers("best epoch")]
        + results.partitions.flatMap {
          [.numbers("\($0.rawValue) accuracy"), .numbers("\($0.rawValue) majority class")]
        } + [
          .numbers("the paper's epochs"), .numbers("the paper's accuracy"),
        ])
    var parameters = Table(
      title: "Table 3.1",
      caption: "Trained parameters of the gender classifiers; in parentheses the paper's.",
      columns: ["encoder", .numbers("last stage"), .numbers("FC-1"), .numbers("FC-2"), .numbers("Softmax")])
    for name in tuned {
      guard let gender = results.encoders[name]?.gender else { continue }
      let paper = PaperFigures.encoders[name]
      let measured = results.partitions.flatMap { partition in
        [gender.scores[partition]?.accuracy, gender.scores[partition]?.majorityShare].map {
          $0.map(decimal) ?? "–"
        }
      }
      accuracies.append(
        [name, "\(gender.epochs)", "\(gender.bestEpoch)"] + measured + [
          paper.map { "\($0.genderEpochs)" } ?? "–",
          paper.map { String(format: "%.4f", $0.genderAccuracy) } ?? "–",
        ])
      let counts = try trainedParameters(name).map(\.count)
      guard counts.count == 4 else { continue }
      parameters.append(
        [name]
          + counts.enumerated().map { index, count in
            "\(count)" + (paper.map { " (\($0.parameters[index]))" } ?? "")
          })
    }
    return [.table(accuracies), .table(parameters)] + genderCurves(tuned)
  }

  private func genderCurves(_ encoders: [String]) -> [HTMLReport.Block] {
    [
      (MonitoredMetric.validation(.accuracy), "validation accuracy"),
      (MonitoredMetric.validationLoss, "validation loss"),
    ].compactMap {
      metric, title in
      let series = encoders.compactMap { name in
        folder.curve("\(name)-gender", metric).map { LineChart.Series(name, y: $0) }
      }
      if series.isEmpty { return nil }
      return .lineChart(
        LineChart(
          title: "Gender tuning, \(title)", caption: "After each epoch of the gender tuning.",
          xTitle: "epoch",
          yTitle: title, series: series))
    }
  }
}
