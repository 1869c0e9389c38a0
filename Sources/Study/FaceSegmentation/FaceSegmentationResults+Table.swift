import Foundation
import GraftDatasets
import GraftMetrics
import GraftTensor

extension FaceSegmentationResults {
  /// The results as tables of text, in the order of the paper: gender (Table 4.1), then segmentation (Tables 5.1 to
  /// 5.3) with the constant mask beside every network under each measure.
  public var table: String {
    let parts = orderedEncoders.map { name, encoder in
      let conditions = Self.conditions(of: [encoder])
      let sentences = [
        gains(encoder), intervals(name, conditions),
        encoder.decoders.isEmpty ? nil : sidesInShort(encoder).joined(separator: "\n"),
      ]
      return
        ([genderLine(name, encoder)] + partitions.map { segmentationTable(name, conditions, $0) }
        + sentences).compactMap(\.self).joined(separator: "\n\n")
    }
    return (parts + [costs]).joined(separator: "\n\n")
  }

  private func genderLine(_ name: String, _ encoder: Encoder) -> String {
    guard let gender = encoder.gender else { return "\(name)" }
    let measured = partitions.compactMap { partition in
      gender.scores[partition].map { scores in
        "\(decimal(scores.accuracy)) on the \(partition.rawValue) part (\(scores.pictures) pictures, majority class "
          + "\(decimal(scores.majorityShare)))"
      }
    }
    return "\(name): gender accuracy \(measured.joined(separator: ", ")), at epoch \(gender.bestEpoch) of "
      + "\(gender.epochs)"
  }

  /// One line for each condition and measure, and for each class where there are more than two.
  private func segmentationTable(
    _ encoder: String, _ conditions: [Condition], _ partition: MeasuredPartition
  ) -> String? {
    let rows = conditions.flatMap { condition -> [[String]] in
      let decoders = Arm.allCases.map { encoders[encoder]?.decoder(condition, $0) }
      let epochs = decoders.map { $0.map { "\($0.bestEpoch)/\($0.epochs)" } ?? "–" }
      let scores = decoders.map { $0?.scores[partition] }
      return ScoreLine.all(of: scores).enumerated().map { index, line in
        [
          index == 0 ? condition.dataset : "", index == 0 ? condition.masks.title : "", line.title,
          line.control.map(decimal) ?? "–", line.gender.map(decimal) ?? "–",
          line.gain.map { signed($0) } ?? "–", line.constantMask.map(decimal) ?? "–", line.side,
          index == 0 ? epochs.joined(separator: ", ") : "",
        ]
      }
    }
    if rows.isEmpty { return nil }
    let table = TextTable(
      header: [
        "data", "mask", "IoU", "control", "gender", "gain", "constant mask", "above it", "best epoch/epochs",
      ], rows: rows, rightAligned: [3, 4, 5, 6])
    return "IoU on the \(partition.title)\n\(table.text)"
  }

  /// Both readings of the paper's average: it describes the first and reports the second.
  func gains(_ encoder: Encoder) -> String? {
    let pairs = Self.conditions(of: [encoder]).compactMap { condition -> (control: Double, gender: Double)? in
      let values = Arm.allCases.compactMap { encoder.decoder(condition, $0)?.scores.conclusive.network[.iou] }
      return values.count == 2 ? (values[0], values[1]) : nil
    }
    if pairs.isEmpty { return nil }
    let points = pairs.map { 100 * ($0.gender - $0.control) }.reduce(0, +) / Double(pairs.count)
    let relative = pairs.map { 100 * ($0.gender / $0.control - 1) }.reduce(0, +) / Double(pairs.count)
    // Nothing is a share of a control that is 0.
    let share = relative.isFinite ? String(format: "%+.1f %%", relative) : "not defined"
    return String(
      format:
        "Mean gain of gender tuning on the \(partitions[0].rawValue) part, per-image hard IoU: %+.1f points; ",
      points)
      + "mean of the relative gains \(share)."
  }

  /// In words, on which side of the constant mask each decoder stands, and whether it looked at its pictures.
  func sides(_ encoder: Encoder) -> [String] {
    encoder.decoders.map { decoder in
      let scores = decoder.scores.conclusive
      let measures = SegmentationFigures.Measure.allCases.filter { scores.lead($0) != nil }
      let above = measures.filter { scores.lead($0) ?? 0 > 0 }.map(\.title)
      let side =
        switch above.count {
        case 0:
          "does not reach a constant mask under any measure: it has learned less than the mean of the masks"
        case measures.count: "is above a constant mask under every measure"
        default: "is above a constant mask only under \(above.joined(separator: "; "))"
        }
      let same =
        scores.network.isBlind ? ", and gives every picture the same mask: it looks at none of them" : ""
      return "\(decoder.title): \(side)\(same)."
    }
  }

  /// The same in one sentence where there is nothing to tell apart.
  func sidesInShort(_ encoder: Encoder) -> [String] {
    let isPlain = encoder.decoders.allSatisfy { decoder in
      let scores = decoder.scores.conclusive
      return !scores.network.isBlind
        && SegmentationFigures.Measure.allCases.allSatisfy { scores.lead($0) ?? 1 > 0 }
    }
    guard isPlain, encoder.decoders.count > 1 else { return sides(encoder) }
    return ["All \(encoder.decoders.count) decoders are above a constant mask under every measure."]
  }

  private var costs: String {
    let rows = run.seconds.sorted { $0.key < $1.key }.map { stage, seconds in
      [
        stage, String(format: "%.0f s", seconds), "\((run.peakMemoryBytesByStage[stage] ?? 0) >> 20) MiB",
      ]
    }
    let table = TextTable(header: ["stage", "time", "peak memory"], rows: rows, rightAligned: [1, 2])
    return ([table.text] + ([run].storeSentence.map { [$0] } ?? []) + [run.environment.sentence])
      .joined(separator: "\n")
  }
}

extension ComputeEnvironment {
  /// In one line: processor, threads, library.
  var sentence: String { "\(processor), \(counted(threadCount, "thread")), \(library) (\(instructionSet))" }
}

/// One number of a condition, of both arms and of the constant mask.
struct ScoreLine {
  let title: String
  let control, gender, constantMask: Double?

  var gain: Double? { control.flatMap { before in gender.map { $0 - before } } }

  /// Which networks are above the constant mask.
  var side: String {
    guard let constantMask else { return "" }
    let above = zip(["control", "gender"], [control, gender]).filter { ($0.1 ?? -1) > constantMask }.map(\.0)
    return above.count == 2 ? "both" : above.first ?? "none"
  }

  /// Each measure that is defined, of both arms, control first.
  static func measures(of arms: [ConstantMaskComparison?]) -> [SegmentationFigures.Measure: ScoreLine] {
    var lines: [SegmentationFigures.Measure: ScoreLine] = [:]
    for measure in SegmentationFigures.Measure.allCases {
      let values = arms.map { $0?.network[measure] }
      guard values.contains(where: { $0 != nil }) else { continue }
      lines[measure] = ScoreLine(
        title: measure.title, control: values[0], gender: values[1],
        constantMask: arms.lazy.compactMap { $0?.constantMask[measure] }.first)
    }
    return lines
  }

  /// The intersection over union of each class over all pictures together; none where there are two, of which the measures
  /// say everything.
  static func classes(of arms: [ConstantMaskComparison?]) -> [ScoreLine] {
    guard let names = arms.compactMap(\.self).first?.network.classes.map(\.name), names.count > 2 else {
      return []
    }
    return names.enumerated().map { number, name in
      let ious = arms.map { $0.flatMap { $0.network.classes[number].iou } }
      return ScoreLine(
        title: name, control: ious[0], gender: ious[1],
        constantMask: arms.lazy.compactMap { $0?.constantMask.classes[number].iou }.first)
    }
  }

  /// All of them, measures first.
  static func all(of arms: [ConstantMaskComparison?]) -> [ScoreLine] {
    let measures = measures(of: arms)
    return SegmentationFigures.Measure.allCases.compactMap { measures[$0] } + classes(of: arms)
  }
}

func decimal(_ value: Double) -> String { String(format: "%.3f", value) }
func signed(_ value: Double, digits: Int = 3) -> String { String(format: "%+.\(digits)f", value) }
