import Foundation
import GraftFiles
import GraftTensor

/// What an experiment finds, as the `results.json` of its run holds it.
public protocol RunResults: Codable, Sendable, Equatable {
  /// The settings of the experiment.
  associatedtype Configuration: RunConfiguration
  /// What the results are of, for messages: `face segmentation study`.
  static var title: String { get }
  /// The number of this format, which each file has as `schema`; it changes where older files cannot be read any more.
  static var schema: Int { get }
  /// With what settings.
  var configuration: Configuration { get }
  /// What every run notes.
  var run: RunRecord { get set }
  /// No results yet.
  init(configuration: Configuration)
}

/// The settings of an experiment.
public protocol RunConfiguration: Codable, Sendable, Equatable {
  /// From which all that is random follows.
  var seed: UInt64 { get set }
  /// As what features are stored.
  var featureType: ScalarType { get }
  /// How convolutions are computed.
  var algorithm: ConvolutionAlgorithm { get }
  /// These settings with a value for each that may be missing: all names that a file of settings may have.
  var complete: Self { get }
  /// The values of settings that are chosen by name, by the path of each.
  static var choices: [String: [String]] { get }
  /// Looks whether the experiment can be run with these settings.
  ///
  /// - Throws: ``StudyError`` with a sentence that says which setting cannot have its value.
  func check() throws
}

/// What a call names besides the settings, to be written with them.
public protocol RunCall: Codable, Sendable, Equatable {
  /// Its keys in a file of settings.
  static var names: Set<String> { get }
  /// Of which kind its values are, as a sentence.
  static var forms: String { get }
}

extension RunResults {
  /// Reads results; nil if there is no such file.
  ///
  /// - Throws: ``StudyError`` if it holds no such results, or those of another version.
  public init?(contentsOf file: URL) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      let content = try Data(contentsOf: file)
      let schema = try JSONDecoder().decode(Schema.self, from: content).schema
      guard schema == Self.schema else {
        throw StudyError(
          "\(file.path): these results were written by another version of Graft (schema \(schema), and this one has "
            + "\(Self.schema)). Name another output folder.", remedy: .otherFolder)
      }
      self = try JSONDecoder().decode(Self.self, from: content)
    } catch let error as StudyError {
      throw error
    } catch {
      throw StudyError(
        "\(file.path): these are no results of a \(Self.title) (\(JSONProblem.clause(for: error))). Name another output folder, or remove the file.",
        remedy: .otherFolder)
    }
  }

  /// Writes the results, whole or not at all.
  public func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self) + Data("\n".utf8), to: file)
  }
}

private struct Schema: Decodable {
  let schema: Int
}
