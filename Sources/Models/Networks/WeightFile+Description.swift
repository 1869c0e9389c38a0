import GraftImages
import GraftLayers
import GraftWeights

extension WeightFile {
  /// Refuses a file that says that its weights belong to another network. One that says nothing passes.
  ///
  /// - Parameter architectures: what the network may be; see ``ImageEncoder/architecture``.
  /// - Throws: `WeightFileError` if what the file says is none of these.
  public func checkArchitecture(isOneOf architectures: [Architecture]) throws {
    guard let recorded = ModelCard(metadata: metadata).architecture, !architectures.contains(recorded) else {
      return
    }
    throw WeightFileError(
      .foreign, file, part: "architecture",
      "its weights belong to \(recorded), and were to be loaded into "
        + architectures.map(\.title).joined(separator: " or "),
      remedy:
        "The shapes may agree and the results would not: load them into the network that they belong to.")
  }
}

extension WeightFile {
  /// How pictures become the input of the network whose weights these are; nil if the file does not say.
  ///
  /// - Throws: `WeightFileError` if what it says cannot be followed.
  public func recordedPreprocessing() throws -> Preprocessing? {
    guard let text = metadata[Preprocessing.metadataKey] else { return nil }
    guard let preprocessing = Preprocessing(metadata: metadata) else {
      throw WeightFileError(
        .damaged, file, part: Preprocessing.metadataKey, "\"\(text)\" describes no way to prepare pictures")
    }
    return preprocessing
  }

  /// Refuses a file that says other things about its weights than a module says of itself: another architecture, another
  /// preprocessing, other classes or another head. What only one of them says passes.
  ///
  /// - Throws: `WeightFileError` that names what differs, or that the file says something that cannot be followed.
  public func checkDescription(isOf module: any Module) throws {
    let own = ModelCard(metadata: module.metadata)
    let recorded = try modelCard()
    if let architecture = own.architecture { try checkArchitecture(isOneOf: [architecture]) }
    func check<Value: Equatable>(_ key: String, _ own: Value?, _ recorded: Value?, _ text: (Value) -> String)
      throws
    {
      guard let own, let recorded, own != recorded else { return }
      throw WeightFileError(
        .foreign, file, part: key,
        "the file says \(text(recorded)), and the network that reads it was made for \(text(own))",
        remedy: "Make the network as the file says, or read the file that belongs to it.")
    }
    try check(
      Preprocessing.metadataKey, Preprocessing(metadata: module.metadata), recordedPreprocessing(), \.identity
    )
    try check("classNames", own.classNames, recorded.classNames) { $0.joined(separator: ", ") }
    try check("head", own.head, recorded.head, \.title)
    try check("layout", own.layout, recorded.layout, \.rawValue)
  }
}
