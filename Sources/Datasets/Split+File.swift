import Foundation
import GraftFiles

extension Split {
  /// The SHA-256 digest of which samples are in which part: of the line `training`, one line for each identifier, the
  /// line `validation`, and one line for each identifier. Two splits with one digest are the same split.
  public var digest: String {
    var digest = SHA256()
    for line in ["training"] + training + ["validation"] + validation { digest.update(line + "\n") }
    return digest.finalize()
  }

  /// Writes the split as JSON: data set, rule, seed, identifiers of both parts, and ``digest``.
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
    guard let rule = document.splitRule else {
      throw DatasetError(
        file, "it names the rule “\(document.rule)” without what belongs to it",
        remedy:
          "Rules are official, tail (with a fraction from 0 to 1) and random (with a fraction and a seed).")
    }
    try self.init(
      datasetName: document.dataset, rule: rule, training: document.training, validation: document.validation)
    guard digest == document.sha256 else {
      throw DatasetError(
        file, "its samples do not have the digest that it gives, so it was changed after it was written",
        remedy: "Restore it, or delete it to have the split made anew.")
    }
    let all = training + validation
    guard Set(all).count == all.count else {
      throw DatasetError(file, "a sample is in it twice", remedy: "Delete it to have the split made anew.")
    }
  }

  private struct Document: Codable {
    let dataset, rule: String
    let fraction: Double?
    let seed: UInt64?
    let keepsPeopleTogether: Bool?
    let training, validation: [String]
    let sha256: String

    init(_ split: Split) {
      dataset = split.datasetName
      (training, validation, sha256) = (split.training, split.validation, split.digest)
      switch split.rule {
      case .official: (rule, fraction, seed, keepsPeopleTogether) = ("official", nil, nil, nil)
      case .tail(let part): (rule, fraction, seed, keepsPeopleTogether) = ("tail", part, nil, nil)
      case .random(let part, let drawnBy, let together):
        (rule, fraction, seed, keepsPeopleTogether) = ("random", part, drawnBy, together)
      }
    }

    var splitRule: Rule? {
      let part = fraction.flatMap { (0...1).contains($0) ? $0 : nil }
      switch (rule, part, seed) {
      case ("official", _, _): return .official
      case ("tail", let part?, _): return .tail(part)
      case ("random", let part?, let seed?):
        return .random(part, seed: seed, keepingPeopleTogether: keepsPeopleTogether ?? false)
      default: return nil
      }
    }
  }
}
