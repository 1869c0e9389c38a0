import GraftLayers
import GraftWeights

/// A module that says about itself what its tensors do not: files that Graft writes keep it in their metadata.
public protocol DescribedModule: Module {
  /// Architecture, preprocessing, and the like.
  var metadata: [String: String] { get }
}

/// How files record what network their weights belong to.
public enum ArchitectureRecord {
  /// The key in a file's metadata; its value is ``ImageEncoder/architecture``.
  public static let key = "architecture"

  /// Refuses a file that says that its weights belong to another network. One that says nothing passes.
  ///
  /// - Throws: `WeightFileError` if what the file says is none of `architectures`.
  public static func check(_ file: some WeightFile, isOneOf architectures: [String]) throws {
    guard let recorded = file.metadata[key], !architectures.contains(recorded) else { return }
    throw WeightFileError(
      .foreign, file.file, part: key,
      "its weights belong to \(recorded), and were to be loaded into \(architectures.joined(separator: " or "))",
      remedy:
        "The shapes may agree and the results would not: load them into the network that they belong to.")
  }
}
