import GraftTensor

extension StudySummary {
  /// What several seeds say of decoders that tell parts apart: mean ± standard deviation of the mean over classes and of
  /// each class; nil where there are none.
  static func partsTable(
    _ encoder: String, _ results: [StudyResults], _ partition: StudyResults.Partition
  ) -> String? {
    let rows = partRows(encoder, results, partition)
    if rows.isEmpty { return nil }
    return "Parts on the \(partition.title)\n"
      + TextTable(header: partColumns, rows: rows, rightAligned: [2, 3, 4, 5, 6]).text
  }

  static let partColumns = [
    "data", "part, global IoU", "constant mask", "control", "gender", "gain", "gains above 0",
  ]

  static func partRows(
    _ encoder: String, _ results: [StudyResults], _ partition: StudyResults.Partition
  ) -> [[String]] {
    let pairs = results.flatMap { $0.encoders[encoder]?.partPairs ?? [] }
    var datasets: [String] = []
    for pair in pairs where !datasets.contains(pair.dataset) { datasets.append(pair.dataset) }
    return datasets.flatMap { dataset -> [[String]] in
      let own = pairs.compactMap {
        pair -> (control: StudyResults.Parts.Scores, gender: StudyResults.Parts.Scores)? in
        guard pair.dataset == dataset, let control = pair.control?.scores[partition],
          let gender = pair.gender?.scores[partition]
        else { return nil }
        return (control, gender)
      }
      guard let first = own.first?.control else { return [] }
      func row(
        _ name: String, _ baseline: (StudyResults.Parts.Scores) -> Double?,
        _ value: (StudyResults.Parts.Scores) -> Double?
      ) -> [String]? {
        let values = own.compactMap { pair -> (control: Double, gender: Double)? in
          guard let control = value(pair.control), let gender = value(pair.gender) else { return nil }
          return (control, gender)
        }
        if values.isEmpty { return nil }
        let gains = values.map { $0.gender - $0.control }
        let baselines = own.compactMap { baseline($0.control) }
        return [
          dataset, name, baselines.isEmpty ? "–" : Spread(baselines).text,
          Spread(values.map { $0.control }).text, Spread(values.map { $0.gender }).text,
          Spread(gains).signedText,
          "\(gains.count { $0 > 0 }) of \(gains.count)",
        ]
      }
      func part(_ name: String) -> (StudyResults.Parts.Scores) -> StudyResults.Parts.Class? {
        { parts in parts.classes.first { $0.name == name } }
      }
      return [row("mean of all", { $0.constantMaskIoU }, { $0.iou })].compactMap(\.self)
        + first.classes.compactMap { one in
          row(one.name, { part(one.name)($0)?.constantMaskIoU }, { part(one.name)($0)?.iou })
        }
    }
  }
}
