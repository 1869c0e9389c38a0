import Foundation
import GraftFiles

/// What a call names besides the settings. It stands among them in `configuration.json`, so that this file alone repeats
/// the call.
public struct StudyCall: Codable, Sendable, Equatable {
  /// The folders of the data sets; nil for drawn faces.
  public var celeba, lfw, helen: String?
  /// The encoders that are studied, by name.
  public var encoders: [String]?
  /// Weight files by the names of their encoders.
  public var weights: [String: String]?
  /// What decoders are to find, as `FaceClasses` names it.
  public var masks: [String]?
  /// The seeds of several runs. A run's own is among its settings.
  public var seeds: [UInt64]?

  /// Names nothing.
  public init() {}

  /// Reads what a file of settings names besides them.
  ///
  /// - Throws: `FileError` if it cannot be read; ``StudyError`` if it is no JSON, or has a value of another kind.
  public init(contentsOf file: URL) throws {
    let members = try Self.content(of: file) as? [String: Any] ?? [:]
    let own = members.filter { Self.names.contains($0.key) }
    do {
      self = try JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: own))
    } catch {
      throw StudyError(
        "\(file.shownRelativePath): \(JSONProblem.clause(for: error, isWellFormed: true)). \(Self.forms)")
    }
  }

  private static let forms =
    "celeba, lfw and helen are texts, encoders and masks lists of texts, seeds is a list of whole numbers, and weights an "
    + "object with a file for each encoder."

  /// The keys of a file of settings that are no settings.
  static let names: Set = ["celeba", "lfw", "helen", "encoders", "weights", "masks", "seeds"]

  static func content(of file: URL) throws -> Any {
    let bytes = try Bytes(contentsOf: file)
    do {
      return try JSONSerialization.jsonObject(with: Data(bytes.array))
    } catch {
      throw StudyError("\(file.shownRelativePath): \(JSONProblem.clause(for: error, in: bytes.array)).")
    }
  }
}
