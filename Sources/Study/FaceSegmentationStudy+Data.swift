import Foundation
import GraftDatasets
import GraftFiles
import GraftTraining

extension FaceSegmentationStudy {
  /// Looks at every photograph, class and mask before anything is trained: a damaged file should not end the study after
  /// hours. A later call only sees to it that pictures, classes and masks are still the same.
  ///
  /// - Returns: the data without what cannot be read.
  func examine(
    _ faces: Dataset, _ conditions: [Condition], _ rule: BadSampleRule
  ) throws -> (faces: Dataset, conditions: [Condition]) {
    for warning in Set(([faces] + conditions.map(\.dataset)).flatMap(\.warnings)).sorted() {
      console.warn(warning)
    }
    var found: [String: DatasetExamination] = [:]
    for name in ["gender"] + conditions.map(\.name) where found[name] == nil {
      let targets: [DatasetExamination.Targets] =
        name == "gender"
        ? [.init(kind: "", dataset: faces)]
        : conditions.filter { $0.name == name }.map {
          .init(kind: $0.classes.rawValue, dataset: $0.dataset)
        }
      found[name] = try examination(of: targets, as: name)
    }
    try refuse(badSamplesOf: found.mapValues(\.summary), rule)
    for (name, own) in found { results.datasets[name] = own.summary.remembering(results.datasets[name]) }
    try save()
    return (
      faces.examined(found["gender"], kind: ""),
      conditions.map { condition in
        let dataset = condition.dataset.examined(found[condition.name], kind: condition.classes.rawValue)
        return .init(dataset, name: condition.name, classes: condition.classes)
      }
    )
  }

  private func examination(
    of targets: [DatasetExamination.Targets], as name: String
  ) throws -> DatasetExamination {
    let earlier = results.datasets[name]
    let show = console.examination(of: name)
    let found = try DatasetExamination(of: targets, after: earlier) { done, count in
      // A later call decodes nothing but kinds of masks that are new to it.
      if earlier == nil { show(done, count) }
      if isInterrupted() { throw TrainingInterrupted(isSaved: !results.datasets.isEmpty) }
    }
    guard let difference = earlier.flatMap(found.summary.difference) else { return found }
    throw StudyError(
      """
      \(name): the data are not those that \(output.path) was begun with (\(difference)). Name another folder with \
      --output, or bring the data back to what they were.
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

extension StudyResults.Dataset {
  /// The same, with the digests of masks that only an earlier call has seen, under its name: that of the first kind of masks.
  fileprivate func remembering(_ earlier: StudyResults.Dataset?) -> StudyResults.Dataset {
    var all = self
    all.name = earlier?.name ?? name
    all.maskDigests = maskDigests?.merging(earlier?.maskDigests ?? [:]) { own, _ in own }
    return all
  }

  /// What is not as an earlier call found it, for people; nil if all is. Kinds of masks that only one of both has seen are
  /// not compared.
  fileprivate func difference(from earlier: StudyResults.Dataset) -> String? {
    let bad = badSamples.filter { !earlier.badSamples.contains($0) }
    if let first = bad.first {
      return
        "\(bad.count) of the samples that could be used then cannot be now: \(first.identifier): \(first.problem)"
    }
    guard (count, digest) == (earlier.count, earlier.digest) else {
      return "\(earlier.count) samples then, \(count) now, and pictures or classes differ"
    }
    let changed = (maskDigests ?? [:]).filter { kind, digest in
      earlier.maskDigests?[kind].map { $0 != digest } ?? false
    }
    if changed.isEmpty { return nil }
    return "the same \(count) pictures, but masks differ: \(changed.keys.sorted().joined(separator: ", "))"
  }
}
