import Foundation
import GraftDatasets
import GraftFiles
import GraftTraining

/// What becomes of samples that cannot be read.
public enum BadSampleRule: String, Sendable, CaseIterable {
  /// The study does not begin, and names all of them.
  case stop
  /// They are left out, and named in the results.
  case skip
}

extension Run {
  /// Looks at every picture and target before anything is trained: a damaged file should not end a run after hours. A later
  /// call only checks that they are still the same.
  ///
  /// - Returns: the data sets of the experiment, in its order, without what cannot be read.
  func examined(_ rule: BadSampleRule) throws -> [Dataset] {
    let data = experiment.data
    for warning in Set(data.flatMap(\.dataset.warnings)).sorted() { try warn(warning) }
    var found: [String: DatasetExamination] = [:]
    for role in data.map(\.role) where found[role] == nil {
      found[role] = try examination(of: data.filter { $0.role == role }, as: role)
    }
    try refuse(badSamplesOf: found.mapValues(\.summary), rule)
    for (role, own) in found {
      results.run.datasets[role] = own.summary.remembering(results.run.datasets[role])
    }
    try save()
    return data.map { $0.dataset.examined(found[$0.role], kind: $0.kind) }
  }

  private func examination(of data: [ExperimentData], as role: String) throws -> DatasetExamination {
    let earlier = results.run.datasets[role]
    let show = console.examination(of: role)
    let found = try DatasetExamination(of: data, after: earlier) { done, count in
      // A later call decodes nothing but kinds of masks that are new to it.
      if earlier == nil { show(done, count) }
      if isInterrupted() { throw TrainingInterrupted(isSaved: !results.run.datasets.isEmpty) }
    }
    guard let difference = earlier.flatMap(found.summary.difference) else { return found }
    throw StudyError(
      """
      \(role): the data are not those that \(folder.url.path) was begun with (\(difference)). Name another folder, or bring \
      the data back to what they were.
      """, remedy: .otherFolder)
  }

  private func refuse(badSamplesOf summaries: [String: ExaminedDataset], _ rule: BadSampleRule) throws {
    let bad = summaries.sorted { $0.key < $1.key }.flatMap { role, summary in
      summary.badSamples.map { "\(role) \($0.identifier): \($0.problem)" }
    }
    guard !bad.isEmpty else { return }
    try AtomicFile.write(bad.joined(separator: "\n") + "\n", to: folder.badSamples)
    let shown = bad.prefix(20).joined(separator: "\n")
    let rest = bad.count > 20 ? "\nand \(bad.count - 20) more, listed in \(folder.badSamples.path)" : ""
    guard rule == .skip else {
      throw StudyError(
        """
        \(bad.count == 1 ? "1 sample" : "\(bad.count) samples") cannot be used, so nothing was started:
        \(shown)\(rest)
        Repair them, or have them left out.
        """, remedy: .skipBadSamples)
    }
    try warn(
      "\(bad.count == 1 ? "1 sample cannot be used and is" : "\(bad.count) samples cannot be used and are") left out:\n"
        + "\(shown)\(rest)")
  }
}

extension ExaminedDataset {
  /// The same, with the name that an earlier call gave (that of the first kind of masks) and the digests of masks that only
  /// that call saw.
  fileprivate func remembering(_ earlier: ExaminedDataset?) -> ExaminedDataset {
    var all = self
    all.name = earlier?.name ?? name
    all.maskDigests = maskDigests?.merging(earlier?.maskDigests ?? [:]) { own, _ in own }
    return all
  }

  /// What has changed since an earlier call, for people; nil if nothing has. Kinds of masks that only one of the two saw are
  /// not compared.
  fileprivate func difference(from earlier: ExaminedDataset) -> String? {
    let bad = badSamples.filter { !earlier.badSamples.contains($0) }
    if let first = bad.first {
      return
        "\(bad.count) of the samples that could be used then cannot be used now, the first of them \(first.identifier): \(first.problem)"
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
