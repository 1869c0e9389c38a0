import GraftDatasets
import GraftFiles
import GraftTensor

/// A data set as it was when a run began.
public struct ExaminedDataset: Codable, Sendable, Equatable {
  /// A sample that cannot be used.
  public struct BadSample: Codable, Sendable, Equatable {
    /// What it is called in the data set.
    public var identifier: String
    /// What is wrong with it.
    public var problem: String
  }

  /// What the data set is called.
  public var name: String
  /// Whether its pictures are synthetic: drawn by this library.
  public var isDrawn: Bool
  /// How many samples are used.
  public var count: Int
  /// SHA-256 of the names and pictures of all samples that are used, and of their classes where they have any.
  public var digest: String
  /// SHA-256 of the names and of what the masks are made from, by kind of mask (`hair`, `no-hair`, `parts`); nil for classes.
  public var maskDigests: [String: String]?
  /// What was left out.
  public var badSamples: [BadSample]
}

/// The outcome of checking every sample of a data set.
struct DatasetExamination {
  private enum Finding: Sendable {
    case usable(picture: String, targets: [String])
    case bad(problem: String)
  }

  /// The samples that can be used.
  private(set) var used: [Int] = []
  /// The digests of their pictures.
  private(set) var digests: [String] = []
  /// The digests of their targets, by kind.
  private(set) var targetDigests: [String: [String]] = [:]
  let summary: ExaminedDataset

  /// Checks the samples.
  ///
  /// - Parameters:
  ///   - targets: the same pictures with one or several kinds of targets. All are decoded, but for the
  ///     pictures and kinds that an earlier call has decoded: of these only the digests are computed.
  ///   - earlier: what that call found.
  ///   - proceed: is called after each sample with how many are done and how many there are, and may throw to stop.
  init(
    of targets: [ExperimentData], after earlier: ExaminedDataset?,
    proceed: (_ done: Int, _ count: Int) throws -> Void
  ) throws {
    guard let dataset = targets.first?.dataset else { misused("There is no data set to look at.") }
    let excluded = Set((earlier?.badSamples ?? []).map(\.identifier))
    let indices = dataset.indices.filter { !excluded.contains(dataset[$0].identifier) }
    let hasClasses = indices.first.map { dataset[$0].target.label != nil } ?? false
    let findings = Self.findings(of: targets, hasClasses: hasClasses, indices, after: earlier)
    var bad = earlier?.badSamples ?? []
    var digest = SHA256()
    var masks = targets.map { _ in SHA256() }
    for (position, index) in indices.enumerated() {
      guard let finding = try findings.next() else { break }
      let identifier = dataset[index].identifier
      switch finding {
      case .usable(let picture, let found):
        used.append(index)
        digests.append(picture)
        digest.update("\(identifier) \(picture) \(hasClasses ? found.joined() : "")\n")
        for (number, own) in found.enumerated() {
          masks[number].update("\(identifier) \(own)\n")
          targetDigests[targets[number].kind, default: []].append(own)
        }
      case .bad(let problem): bad.append(.init(identifier: identifier, problem: problem))
      }
      try proceed(position + 1, indices.count)
    }
    let maskDigests = zip(targets, masks).map { ($0.kind, $1.finalize()) }
    summary = .init(
      name: dataset.name, isDrawn: dataset.isDrawn, count: used.count, digest: digest.finalize(),
      maskDigests: hasClasses ? nil : Dictionary(maskDigests) { $1 }, badSamples: bad)
  }

  /// For each sample the digests of its picture and masks, or its class; or what is wrong with it.
  private static func findings(
    of targets: [ExperimentData], hasClasses: Bool, _ indices: [Int], after earlier: ExaminedDataset?
  ) -> Prefetcher<Finding> {
    let isFirst = earlier == nil
    return Prefetcher(indices) { index in
      do {
        let samples = targets.map { $0.dataset[index] }
        if isFirst { _ = try samples[0].decoded() }
        let found = try zip(targets, samples).enumerated().map { number, own in
          let (kind, sample) = (own.0.kind, own.1)
          if hasClasses { return "\(Float(try own.0.dataset.label(at: index)))" }
          let isDecoded = isFirst ? number == 0 : earlier?.maskDigests?[kind] != nil
          if !isDecoded { _ = try sample.target.value }
          return try sample.target.digest
        }
        return .usable(picture: try samples[0].picture.digest, targets: found)
      } catch {
        return .bad(problem: "\(error)")
      }
    }
  }
}

extension Dataset {
  /// The samples that can be used, with their digests, which every training needs and which are computed only once.
  func examined(_ found: DatasetExamination?, kind: String) -> Dataset {
    guard let found else { return prefix(0) }
    let targets = found.targetDigests[kind] ?? []
    return selecting(found.used).flatMap { place, sample in
      [sample.withDigests(picture: found.digests[place], target: targets[place])]
    }
  }
}
