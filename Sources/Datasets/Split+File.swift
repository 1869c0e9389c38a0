import Foundation
import GraftFiles

extension Split {
  /// The SHA-256 digest of which samples are in which part: of the line `training`, one line for each identifier, the
  /// line `validation`, one line for each identifier, and in the same way `test` where there is a test part. Two splits with
  /// one digest are the same split.
  public var digest: String {
    var digest = SHA256()
    let lines = ["training"] + training + ["validation"] + validation + (test.isEmpty ? [] : ["test"] + test)
    for line in lines { digest.update(line + "\n") }
    return digest.finalize()
  }

  /// Writes the split as JSON: data set, rule, seed, identifiers of all parts, and ``digest``.
  ///
  /// - Throws: a `FileError`.
  public func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(Document(self)) + Data("\n".utf8), to: file)
  }

  /// Reads a split that ``write(to:)`` wrote.
  ///
  /// - Throws: ``DatasetError`` if the file is none, or was changed; a `FileError` if it cannot be read.
  public init(contentsOf file: URL) throws {
    let bytes = try Bytes(contentsOf: file).array
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(bytes))
    } catch {
      throw DatasetError(
        file, "this is not a split that Graft wrote",
        remedy: "Delete it to have the split made anew, or restore it.")
    }
    guard let rule = document.splitRule, let testPart = document.testPart else {
      throw DatasetError(
        file, "it names the rule “\(document.rule)” without what belongs to it",
        remedy:
          """
          Rules are official, tail (with a fraction from 0 to 1), random (with a fraction and a seed) and fold (with its \
          number, their count and a seed); a test part is official, or a fraction (testFraction, from 0 to 1), or there is none.
          """)
    }
    try self.init(
      datasetName: document.dataset, rule: rule, testPart: testPart, training: document.training,
      validation: document.validation, test: document.test ?? [])
    guard digest == document.sha256 else {
      throw DatasetError(
        file, "its samples do not have the digest that it gives, so it was changed after it was written",
        remedy: "Restore it, or delete it to have the split made anew.")
    }
    let all = training + validation + test
    guard Set(all).count == all.count else {
      throw DatasetError(file, "a sample is in it twice", remedy: "Delete it to have the split made anew.")
    }
  }

  private struct Document: Codable {
    let dataset, rule: String
    let fraction: Double?
    let seed: UInt64?
    let keepsPeopleTogether, isStratified: Bool?
    /// Which fold is for validation, from 0, and of how many.
    let fold, foldCount: Int?
    /// `official` or `fraction`; nil without a test part.
    let testRule: String?
    let testFraction: Double?
    let training, validation: [String]
    let test: [String]?
    let sha256: String

    init(_ split: Split) {
      dataset = split.datasetName
      (training, validation, sha256) = (split.training, split.validation, split.digest)
      test = split.test.isEmpty ? nil : split.test
      switch split.testPart {
      case .none: (testRule, testFraction) = (nil, nil)
      case .official: (testRule, testFraction) = ("official", nil)
      case .fraction(let part): (testRule, testFraction) = ("fraction", part)
      }
      switch split.rule {
      case .official:
        rule = "official"
        (fraction, seed, keepsPeopleTogether, isStratified, fold, foldCount) = (nil, nil, nil, nil, nil, nil)
      case .tail(let part):
        rule = "tail"
        (fraction, seed, keepsPeopleTogether, isStratified, fold, foldCount) = (part, nil, nil, nil, nil, nil)
      case .random(let part, let drawnBy, let together, let stratified):
        rule = "random"
        (fraction, seed, keepsPeopleTogether) = (part, drawnBy, together)
        (isStratified, fold, foldCount) = (stratified, nil, nil)
      case .fold(let number, let count, let drawnBy, let together, let stratified):
        rule = "fold"
        (fraction, seed, keepsPeopleTogether) = (nil, drawnBy, together)
        (isStratified, fold, foldCount) = (stratified, number, count)
      }
    }

    var testPart: TestPart? {
      switch (testRule, testFraction) {
      case (nil, nil): .some(.none)
      case ("official", nil): .official
      case ("fraction", let part?) where (0...1).contains(part): .fraction(part)
      default: nil
      }
    }

    var splitRule: Rule? {
      let part = fraction.flatMap { (0...1).contains($0) ? $0 : nil }
      let (together, stratified) = (keepsPeopleTogether ?? false, isStratified ?? false)
      switch (rule, part, seed) {
      case ("official", _, _): return .official
      case ("tail", let part?, _): return .tail(part)
      case ("random", let part?, let seed?):
        return .random(part, seed: seed, keepingPeopleTogether: together, stratified: stratified)
      case ("fold", _, let seed?):
        guard let fold, let foldCount, foldCount >= 2, (0..<foldCount).contains(fold) else { return nil }
        return .fold(fold, of: foldCount, seed: seed, keepingPeopleTogether: together, stratified: stratified)
      default: return nil
      }
    }
  }
}
