import Foundation
import GraftLayers
import GraftWeights

extension ClassificationNetwork {
  /// Reads a whole network, encoder and classifier, with its class names and its preprocessing, from a file that says what it
  /// holds: one that `write(to:)` of any classification network wrote.
  ///
  /// Each parameter is filled once with its own shape, and nothing in the file is left over.
  ///
  /// - Parameters:
  ///   - file: its metadata are a `ModelCard` with the preprocessing. Where they name no head, it is the classifier that such
  ///     a network has of itself.
  ///   - families: of the encoders that it may hold; the library's by default, to which you add those of your own.
  ///   - heads: that it may hold; the library's by default.
  /// - Throws: `WeightFileError` or `LoadReport` if the file holds another network or none, does not say which, or is
  ///   damaged; `FileError` if it cannot be read.
  public convenience init(
    contentsOf file: URL, families: [EncoderFamily] = EncoderFamily.builtIn,
    heads: [HeadFamily] = HeadFamily.builtIn
  ) throws {
    let recorded = try RecordedNetwork(
      openWeightFile(at: file), headedBy: "top",
      else: { names in
        names.contains { $0.hasPrefix("decoder.") }
          ? "a segmentation network, which names no classes of whole pictures"
          : "weights without a classifier"
      }, remedy: "Name a file that a ClassificationNetwork was written to.")
    let (encoder, family) = try recorded.encoder(families)
    let classNames = recorded.card.classNames
    if let kind = try recorded.head(heads, for: encoder) {
      self.init(encoder: encoder, head: kind, classNames: classNames)
    } else {
      let top = try recorded.following("architecture") {
        try family.top(recorded.architecture, in: recorded.file)
      }
      guard let top else {
        throw WeightFileError(
          .unsupported, file, part: "head", "it does not say of which kind its classifier is",
          remedy: "Write the network with a head that has a name: see HeadKind.")
      }
      self.init(encoder: encoder, top: top, classNames: classNames)
    }
    try recorded.load(into: self)
  }
}
