import GraftTraining
import GraftMetrics
import Foundation
import GraftReports

extension StudyFolder {
  /// The table of an encoder in the paper's form, its gains, and what there is to say about them.
  func segmentationBlocks(_ encoder: String) throws -> [HTMLReport.Block] {
    let conditions = results.conditions(encoder)
    if conditions.isEmpty { return [] }
    var blocks: [HTMLReport.Block] = [.subheading(encoder)]
    blocks += results.partitions.map { .table(iouTable(encoder, conditions, $0)) }
    blocks.append(.list(results.encoders[encoder].map(results.sidesInShort) ?? []))
    if let gains = gainTable(encoder, conditions) {
      blocks += [.table(gains), .dotPlot(gainPlot(encoder, conditions))]
    }
    if let means = results.encoders[encoder].flatMap(results.gains) { blocks.append(.paragraph(means)) }
    return blocks
  }

  /// Rows for each definition: constant mask, control, gender, gain; above them what the paper prints.
  private func iouTable(
    _ encoder: String, _ conditions: [StudyResults.ConditionName], _ partition: StudyResults.Partition
  ) -> Table {
    // The paper measures on its validation part.
    let isPaper = PaperFigures.encoders[encoder] != nil && !results.isDrawn && partition == .validation
    let title = PaperFigures.tableTitle(encoder)
    var table = Table(
      title: partition == .validation ? title : "\(title), \(partition.rawValue)",
      caption: """
        IoU of \(encoder) on the \(partition.title), at the best epoch, under four definitions, beside that of a mask that is \
        the same for every picture\
        \(isPaper ? ", and beside what the paper prints; it does not say which definition that is" : "").
        """,
      columns: ["IoU", "model"] + conditions.map { .numbers($0.title) })
    func row(_ name: String, _ model: String, _ value: (StudyResults.ConditionName) -> String?) {
      table.append([name, model] + conditions.map { value($0) ?? "–" })
    }
    if isPaper {
      for arm in StudyResults.Arm.allCases {
        row("the paper's", arm.rawValue) { PaperFigures.iou(encoder, $0, arm).map(decimal) }
      }
    }
    for definition in StudyResults.Definition.allCases {
      func value(_ condition: StudyResults.ConditionName, _ arm: StudyResults.Arm) -> Double? {
        results.segmentation(encoder, condition, arm)?.scores[partition].map { definition.value(of: $0) }
      }
      row(definition.title, "constant mask") { condition in
        StudyResults.Arm.allCases.lazy.compactMap {
          results.segmentation(encoder, condition, $0)?.scores[partition]
        }.first.map { decimal(definition.baseline(of: $0)) }
      }
      for arm in StudyResults.Arm.allCases {
        row(definition.title, arm.rawValue) { value($0, arm).map(decimal) }
      }
      row(definition.title, "gain") { condition in
        guard let control = value(condition, .control), let gender = value(condition, .gender) else {
          return nil
        }
        return signed(gender - control)
      }
    }
    return table
  }

  private func gainTable(_ encoder: String, _ conditions: [StudyResults.ConditionName]) -> Table? {
    let rows = conditions.compactMap { condition -> [String]? in
      guard let gain = results.encoders[encoder]?.gains[condition.text]?.conclusive,
        let (control, gender) = results.pair(encoder, condition),
        let corrected = results.correctedPValues[encoder]?[condition.text]
      else { return nil }
      let paper = results.isDrawn ? nil : PaperFigures.gain(encoder, condition)
      let (before, after) = (control.scores.conclusive.iou, gender.scores.conclusive.iou)
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

  private func gainPlot(_ encoder: String, _ conditions: [StudyResults.ConditionName]) -> DotPlot {
    DotPlot(
      title: "Gains of \(encoder), plot",
      caption:
        "Points of per-image hard IoU on the \(results.partitions[0].rawValue) part, with 95 % bootstrap intervals.",
      valueTitle: "gain in points", reference: 0, series: [encoder],
      rows: conditions.compactMap { condition in
        (results.encoders[encoder]?.gains[condition.text]?.conclusive).map { gain in
          .init(condition.title, [.init(100 * gain.mean, in: 100 * gain.lower...100 * gain.upper)])
        }
      })
  }

  /// When the tuned encoder's decoder is first as good as the control's best, as the paper's curves are read.
  private func headStart(_ encoder: String, _ condition: StudyResults.ConditionName) -> String? {
    guard let control = results.segmentation(encoder, condition, .control),
      let curve = curve("\(encoder)-\(condition.text)-gender", MonitoredMetric.validation(.iou).name)
    else { return nil }
    guard let index = curve.firstIndex(where: { $0 >= control.scores.validation.iou }) else { return "never" }
    return "epoch \(index + 1)"
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
      (MonitoredMetric.validation(.accuracy).name, "validation accuracy"),
      (MonitoredMetric.validationLoss.name, "validation loss"),
    ].compactMap {
      metric, title in
      let series = encoders.compactMap { name in
        curve("\(name)-gender", metric).map { LineChart.Series(name, y: $0) }
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
