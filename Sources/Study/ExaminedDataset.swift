import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor

/// The samples of a data set that can be used, with the digests of their pictures: they are needed for each training, and
/// computed once.
struct ExaminedDataset: PictureDataset {
  private let base: Subset
  private let digests: [String]

  init(_ base: any PictureDataset, indices: [Int], digests: [String]) {
    self.base = Subset(of: base, indices: indices)
    self.digests = digests
  }

  var name: String { base.name }
  var count: Int { base.count }
  var classNames: [String] { base.classNames }
  func identifier(at index: Int) -> String { base.identifier(at: index) }
  func officialPart(at index: Int) -> OfficialPart? { base.officialPart(at: index) }
  func person(at index: Int) -> String? { base.person(at: index) }
  func picture(at index: Int) throws -> Picture { try base.picture(at: index) }
  func pictureDigest(at index: Int) -> String { digests[index] }
  func target(at index: Int) throws -> Tensor { try base.target(at: index) }
}

extension StudyResults {
  /// A data set as it was when the study began.
  public struct Dataset: Codable, Sendable, Equatable {
    /// A sample that cannot be used.
    public struct BadSample: Codable, Sendable, Equatable {
      /// What it is called in the data set.
      public var identifier: String
      /// What is wrong with it.
      public var problem: String
    }

    /// What the data set is called.
    public var name: String
    /// How many samples are used.
    public var count: Int
    /// SHA-256 over the names and the pictures of all that are used, and over the classes where pictures have one.
    public var digest: String
    /// What was left out.
    public var badSamples: [BadSample]
  }
}

/// What becomes of samples that cannot be read.
public enum BadSampleRule: String, Sendable, CaseIterable {
  /// The study does not begin, and names all of them.
  case stop
  /// They are left out, and named in the results.
  case skip
}

/// What looking at every sample of a data set shows.
struct DatasetExamination {
  private enum Finding: Sendable {
    case usable(picture: String, classNumber: String)
    case bad(problem: String)
  }

  /// The samples that can be used.
  private(set) var used: [Int] = []
  /// Of their pictures.
  private(set) var digests: [String] = []
  let summary: StudyResults.Dataset

  /// Looks at the samples.
  ///
  /// - Parameters:
  ///   - datasets: the same pictures with one or several kinds of targets. All are decoded; where an earlier call has
  ///     done so, only digests are computed.
  ///   - earlier: what that call found.
  ///   - proceed: is called after each sample, and may throw to stop.
  init(
    of datasets: [any PictureDataset], after earlier: StudyResults.Dataset?, proceed: () throws -> Void
  ) throws {
    guard let dataset = datasets.first else { misused("There is no data set to look at.") }
    let excluded = Set((earlier?.badSamples ?? []).map(\.identifier))
    let indices = (0..<dataset.count).filter { !excluded.contains(dataset.identifier(at: $0)) }
    // Classes cost nothing and belong to the digest; masks are files of their own, which only the first call decodes.
    let hasClasses = indices.first.flatMap { try? dataset.target(at: $0) }?.shape.rank == 0
    let isFirst = earlier == nil
    let findings = Prefetcher(indices) { index -> Finding in
      do {
        if isFirst { _ = try dataset.picture(at: index) }
        let targets = try isFirst || hasClasses ? datasets.map { try $0.target(at: index) } : []
        return .usable(
          picture: try dataset.pictureDigest(at: index),
          classNumber: hasClasses ? targets.map { "\($0.scalar)" }.joined() : "")
      } catch {
        return .bad(problem: "\(error)")
      }
    }
    var bad = earlier?.badSamples ?? []
    var digest = SHA256()
    for index in indices {
      guard let finding = try findings.next() else { break }
      let identifier = dataset.identifier(at: index)
      switch finding {
      case .usable(let picture, let classNumber):
        used.append(index)
        digests.append(picture)
        digest.update("\(identifier) \(picture) \(classNumber)\n")
      case .bad(let problem): bad.append(.init(identifier: identifier, problem: problem))
      }
      try proceed()
    }
    summary = .init(name: dataset.name, count: used.count, digest: digest.finalize(), badSamples: bad)
  }
}
