import Foundation
import GraftFiles
import GraftTensor

/// What an experiment finds, as the `results.json` of its run holds it.
public protocol RunResults: Codable, Sendable, Equatable {
  /// The settings of the experiment.
  associatedtype Configuration: RunConfiguration
  /// What the results are of, for messages: `face segmentation study`.
  static var title: String { get }
  /// The version of this format, which each file has as `schema`; it changes when older files can no longer be read.
  static var schema: Int { get }
  /// The settings that it was run with.
  var configuration: Configuration { get }
  /// What every run records.
  var run: RunRecord { get set }
  /// Creates empty results.
  init(configuration: Configuration)
}

/// The settings of an experiment.
public protocol RunConfiguration: Codable, Sendable, Equatable {
  /// The seed of everything random.
  var seed: UInt64 { get set }
  /// The type in which features are stored.
  var featureType: ScalarType { get }
  /// How convolutions are computed.
  var algorithm: ConvolutionAlgorithm { get }
  /// These settings with a value for each that is not set, so that every name that a file of settings may have is there.
  var complete: Self { get }
  /// The values of settings that are chosen by name, by the path of each.
  static var choices: [String: [String]] { get }
  /// Checks that the experiment can be run with these settings.
  ///
  /// - Throws: ``StudyError`` with a sentence that says which setting cannot have its value.
  func check() throws
}

/// What a call names besides the settings, to be written with them.
public protocol RunCall: Codable, Sendable, Equatable {
  /// Its keys in a file of settings.
  static var names: Set<String> { get }
  /// What types its values have, as a sentence for messages.
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
          "\(file.path): these results were written by another version of Graft (schema \(schema); this one has "
            + "\(Self.schema)). Name another output folder.", remedy: .otherFolder)
      }
      self = try JSONDecoder().decode(Self.self, from: content)
    } catch let error as StudyError {
      throw error
    } catch {
      throw StudyError(
        "\(file.path): these are not the results of a \(Self.title) (\(JSONProblem.clause(for: error))). Name another output folder, or remove the file.",
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
