import Foundation
import GraftFiles
import GraftImages

/// Photographs of a test part, or of a validation part where there is no test part, with their masks and what both decoders
/// of a condition make of them: the best, the median and the worst by the mean of both per-image IoUs. Kept as PNG files beside the results: masks white on black, and of
/// parts the number of the class at each pixel.
struct ExamplePictures {
  /// Which picture, and how well it was segmented.
  struct Entry: Codable {
    /// `best`, `median` or `worst`.
    let rank: String
    let identifier: String
    /// Per image, hard; of parts the mean over their classes.
    let control, gender: Double
  }

  let entries: [Entry]
  private let folder: URL

  /// Reads what an earlier call wrote; nil if none did.
  init?(in output: URL, encoder: String, condition: FaceSegmentationResults.Condition) throws {
    folder = Self.folder(output, encoder, condition)
    let index = folder.appendingPathComponent("index.json")
    guard FileManager.default.fileExists(atPath: index.path) else { return nil }
    do {
      entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: index))
    } catch {
      throw StudyError(
        "\(index.path): this list of pictures cannot be read (\(JSONProblem.clause(for: error))). Remove its folder."
      )
    }
  }

  /// Writes the pictures, and the list of them last.
  ///
  /// - Parameter pictures: for each entry the photograph, the mask and the two predicted masks.
  init(
    _ entries: [Entry], pictures: [[Kind: Picture]], in output: URL, encoder: String,
    condition: FaceSegmentationResults.Condition
  ) throws {
    self.entries = entries
    folder = Self.folder(output, encoder, condition)
    for (entry, own) in zip(entries, pictures) {
      for (kind, picture) in own { try AtomicFile.write(picture.encodedPNG(), to: file(entry, kind)) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(entries), to: folder.appendingPathComponent("index.json"))
  }

  /// What a picture of an entry shows.
  enum Kind: String, CaseIterable {
    case photograph, mask, control, gender
  }

  func picture(_ entry: Entry, _ kind: Kind) throws -> Picture { try Picture(contentsOf: file(entry, kind)) }

  private func file(_ entry: Entry, _ kind: Kind) -> URL {
    folder.appendingPathComponent("\(entry.rank)-\(kind.rawValue).png")
  }

  private static func folder(_ output: URL, _ encoder: String, _ condition: FaceSegmentationResults.Condition)
    -> URL
  {
    output.appendingPathComponent("pictures/\(encoder)-\(condition.name)")
  }
}
