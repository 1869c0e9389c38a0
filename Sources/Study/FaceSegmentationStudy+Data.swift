import Foundation
import GraftDatasets
import GraftFiles
import GraftTraining

extension FaceSegmentationStudy {
  /// Looks at every photograph, class and mask before anything is trained: a damaged file should not end the study after
  /// hours. A later call only sees to it that the pictures are still the same.
  ///
  /// - Returns: the data without what cannot be read.
  func examine(
    _ faces: some PictureDataset, _ conditions: [Condition], _ rule: BadSampleRule
  ) throws -> (faces: ExaminedDataset, conditions: [Condition]) {
    var found: [String: DatasetExamination] = [:]
    for name in ["gender"] + conditions.map(\.name) where found[name] == nil {
      let datasets = name == "gender" ? [faces] : conditions.filter { $0.name == name }.map(\.dataset)
      found[name] = try examination(of: datasets, as: name)
    }
    try refuse(badSamplesOf: found.mapValues(\.summary), rule)
    results.datasets = results.datasets.merging(found.mapValues(\.summary)) { $1 }
    try save()
    func usable(_ dataset: any PictureDataset, of name: String) -> ExaminedDataset {
      ExaminedDataset(dataset, indices: found[name]?.used ?? [], digests: found[name]?.digests ?? [])
    }
    return (
      usable(faces, of: "gender"),
      conditions.map { .init(usable($0.dataset, of: $0.name), name: $0.name, hair: $0.hair) }
    )
  }

  private func examination(of datasets: [any PictureDataset], as name: String) throws -> DatasetExamination {
    let earlier = results.datasets[name]
    if earlier == nil, let first = datasets.first {
      console.note("\(name): looking at \(first.count) pictures and what is to be learned of them")
    }
    let found = try DatasetExamination(of: datasets, after: earlier) {
      if isInterrupted() { throw TrainingInterrupted() }
    }
    guard let earlier, earlier != found.summary else { return found }
    throw StudyError(
      """
      \(name): the data are not those that \(output.path) was begun with (\(earlier.count) samples then, \
      \(found.summary.count) now, and pictures or classes differ). Name another folder with --output, or bring the data \
      back to what they were.
      """)
  }

  private func refuse(badSamplesOf summaries: [String: StudyResults.Dataset], _ rule: BadSampleRule) throws {
    let bad = summaries.sorted { $0.key < $1.key }.flatMap { name, summary in
      summary.badSamples.map { "\(name) \($0.identifier): \($0.problem)" }
    }
    guard !bad.isEmpty else { return }
    let list = output.appendingPathComponent("bad-samples.txt")
    try AtomicFile.write(bad.joined(separator: "\n") + "\n", to: list)
    let shown = bad.prefix(20).joined(separator: "\n")
    let rest = bad.count > 20 ? "\nand \(bad.count - 20) more, which \(list.path) names" : ""
    guard rule == .skip else {
      throw StudyError(
        """
        \(bad.count) samples cannot be used, and nothing was begun:
        \(shown)\(rest)
        Repair them, or leave them out with --on-bad-sample skip.
        """)
    }
    if results.datasets.isEmpty {
      console.warn("\(bad.count) samples cannot be used and are left out:\n\(shown)\(rest)")
    }
  }
}
