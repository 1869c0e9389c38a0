import Foundation
import GraftDatasets
import GraftTensor

extension StudyResults {
  /// The results as tables of text, in the order of the paper: gender (Table 4.1), then segmentation (Tables 5.1 to
  /// 5.3) with the constant mask beside every network under each of the four definitions.
  public var table: String {
    let parts = orderedEncoders.map { name, encoder in
      [
        [genderLine(name, encoder)],
        partitions.compactMap { segmentationTable(encoder, $0) },
        [
          gains(encoder), intervals(name, Self.conditions(of: [encoder])),
          encoder.segmentation.isEmpty ? nil : sidesInShort(encoder).joined(separator: "\n"),
        ].compactMap(\.self),
        partitions.compactMap { partsTable(encoder, $0) },
        [intervals(name, encoder.partPairs.map { .init(dataset: $0.dataset, classes: .parts) })].compactMap(
          \.self),
      ].flatMap(\.self)
        .joined(separator: "\n\n")
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

  /// One line for each data set, kind of mask and definition, of one part of the data.
  private func segmentationTable(_ encoder: Encoder, _ partition: Partition) -> String? {
    let rows = Self.conditions(of: [encoder]).flatMap { condition -> [[String]] in
      let control = encoder.segmentation.first { $0.isPart(of: condition) && $0.arm == .control }
      let gender = encoder.segmentation.first { $0.isPart(of: condition) && $0.arm == .gender }
      let scores = [control, gender].map { $0?.scores[partition] }
      return Definition.allCases.enumerated().map { index, definition in
        let values = scores.map { $0.map { definition.value(of: $0) } }
        let gain = zip(values[0].map { [$0] } ?? [], values[1].map { [$0] } ?? []).map { $1 - $0 }.first
        let baseline = (scores[0] ?? scores[1]).map { definition.baseline(of: $0) }
        let epochs = [control, gender].map { $0.map { "\($0.bestEpoch)/\($0.epochs)" } ?? "–" }
        return [
          index == 0 ? condition.dataset : "",
          index == 0 ? condition.classes.title : "",
          definition.title, values[0].map(decimal) ?? "–", values[1].map(decimal) ?? "–",
          gain.map { signed($0) } ?? "–", baseline.map(decimal) ?? "–", side(values, baseline),
          index == 0 ? epochs.joined(separator: ", ") : "",
        ]
      }
    }
    if rows.isEmpty { return nil }
    return "IoU on the \(partition.title)\n"
      + TextTable(
        header: [
          "data", "mask", "IoU", "control", "gender", "gain", "constant mask", "above it",
          "best epoch/epochs",
        ], rows: rows, rightAligned: [3, 4, 5, 6]
      ).text
  }

  /// Both readings of the paper's average: it describes the first and reports the second.
  func gains(_ encoder: Encoder) -> String? {
    let pairs = Self.conditions(of: [encoder]).compactMap { condition -> (control: Double, gender: Double)? in
      let found = encoder.segmentation.filter { $0.isPart(of: condition) }
      guard let control = found.first(where: { $0.arm == .control }),
        let gender = found.first(where: { $0.arm == .gender })
      else { return nil }
      return (control.scores.conclusive.iou, gender.scores.conclusive.iou)
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
    encoder.segmentation.map { result in
      let (name, scores) = (result.condition.text, result.scores.conclusive)
      let above = Definition.allCases.filter { $0.value(of: scores) > $0.baseline(of: scores) }.map(\.title)
      let side =
        switch above.count {
        case 0:
          "does not reach a constant mask under any definition: it has learned less than the mean of the masks"
        case Definition.allCases.count: "is above a constant mask under every definition"
        default: "is above a constant mask under \(above.joined(separator: ", ")) only"
        }
      let same =
        scores.isBlind ? ", and gives every picture the same mask: it looks at none of them" : ""
      return "\(name), \(result.arm.rawValue): \(side)\(same)."
    }
  }

  /// The same in one sentence where there is nothing to tell apart.
  func sidesInShort(_ encoder: Encoder) -> [String] {
    let isPlain = encoder.segmentation.allSatisfy { result in
      let scores = result.scores.conclusive
      return !scores.isBlind
        && Definition.allCases.allSatisfy { $0.value(of: scores) > $0.baseline(of: scores) }
    }
    guard isPlain, encoder.segmentation.count > 1 else { return sides(encoder) }
    return ["All \(encoder.segmentation.count) decoders are above a constant mask under every definition."]
  }

  private var costs: String {
    let rows = seconds.sorted { $0.key < $1.key }.map { stage, seconds in
      [stage, String(format: "%.0f s", seconds), megabytes(peakMemoryBytesByStage[stage] ?? 0)]
    }
    let table = TextTable(header: ["stage", "time", "peak memory"], rows: rows, rightAligned: [1, 2])
    let features = seconds.filter { $0.key.hasSuffix(" features") }.values.reduce(0, +)
    let cache =
      secondsWithoutCache > 0
      ? String(
        format:
          "\nFrozen stages: %.0f s with the feature cache; anew in every epoch they would have taken about %.0f s.",
        features, secondsWithoutCache) : ""
    return table.text + cache
      + "\n\(environment.processor), \(environment.threadCount) threads, \(environment.library) "
      + "(\(environment.instructionSet))"
  }
}

// MARK: Rows

extension StudyResults {
  /// What decoders were trained for, each once, in the order of their training.
  static func conditions(of encoders: [Encoder]) -> [ConditionName] {
    var seen: [ConditionName] = []
    for result in encoders.flatMap(\.segmentation) {
      if !seen.contains(result.condition) { seen.append(result.condition) }
    }
    return seen
  }
}

extension StudyResults {
  /// The four intersections over union.
  enum Definition: CaseIterable {
    case hard, soft, global, twoClass

    var title: String {
      switch self {
      case .hard: "per image, hard"
      case .soft: "per image, soft"
      case .global: "global"
      case .twoClass: "two-class mean"
      }
    }

    func value(of scores: StudyResults.Segmentation.Scores) -> Double {
      switch self {
      case .hard: scores.iou
      case .soft: scores.iouSoft
      case .global: scores.iouGlobal
      case .twoClass: scores.iouTwoClass
      }
    }

    func baseline(of scores: StudyResults.Segmentation.Scores) -> Double {
      switch self {
      case .hard: scores.meanMaskIoU
      case .soft: scores.meanMaskIoUSoft
      case .global: scores.meanMaskIoUGlobal
      case .twoClass: scores.meanMaskIoUTwoClass
      }
    }
  }
}

/// Which networks beat the constant mask.
private func side(_ values: [Double?], _ baseline: Double?) -> String {
  guard let baseline else { return "" }
  let above = zip(["control", "gender"], values).filter { ($0.1 ?? -1) > baseline }.map(\.0)
  return above.count == 2 ? "both" : above.first ?? "none"
}

func decimal(_ value: Double) -> String { String(format: "%.3f", value) }
func signed(_ value: Double, digits: Int = 3) -> String { String(format: "%+.\(digits)f", value) }
private func megabytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }
