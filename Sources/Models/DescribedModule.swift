import GraftLayers
import GraftWeights

/// A module that says about itself what its tensors do not: files that Graft writes keep it in their metadata.
public protocol DescribedModule: Module {
  /// The texts of a `ModelCard`, and the preprocessing.
  var metadata: [String: String] { get }
}

extension WeightFile {
  /// Refuses a file that says that its weights belong to another network. One that says nothing passes.
  ///
  /// - Parameter architectures: what the network may be; see ``ImageEncoder/architecture``.
  /// - Throws: `WeightFileError` if what the file says is none of these.
  public func checkArchitecture(isOneOf architectures: [String]) throws {
    guard let recorded = ModelCard(metadata: metadata).architecture, !architectures.contains(recorded) else {
      return
    }
    throw WeightFileError(
      .foreign, file, part: "architecture",
      "its weights belong to \(recorded), and were to be loaded into \(architectures.joined(separator: " or "))",
      remedy:
        "The shapes may agree and the results would not: load them into the network that they belong to.")
  }
}
