import Foundation
import GraftLayers
import GraftWeights

extension SegmentationNetwork {
  /// Reads a whole network, encoder and decoder, from a file that says what it holds: one of a study's `models`, or what
  /// `write(to:)` of any segmentation network wrote.
  ///
  /// Each parameter is filled once with its own shape, and nothing in the file is left over.
  ///
  /// - Parameters:
  ///   - file: its metadata are a `ModelCard` with the preprocessing.
  ///   - families: of the encoders that it may hold; the library's by default, to which you add those of your own.
  ///   - decoders: that it may hold; the library's by default.
  /// - Throws: `WeightFileError` or `LoadReport` if the file holds another network or none, does not say which, or is
  ///   damaged; `FileError` if it cannot be read.
  public convenience init(
    contentsOf file: URL, families: [EncoderFamily] = EncoderFamily.builtIn,
    decoders: [HeadFamily] = HeadFamily.builtIn
  ) throws {
    let remedy = "Name a file of a study's models folder, or one that a SegmentationNetwork was written to."
    let recorded = try RecordedNetwork(
      openWeightFile(at: file), headedBy: "decoder",
      else: { names in
        names.contains { $0.hasPrefix("top.") }
          ? "a classifier, which gives no masks" : "weights without a decoder"
      }, remedy: remedy)
    let (encoder, _) = try recorded.encoder(families)
    guard let decoder = try recorded.head(decoders, for: encoder) else {
      throw WeightFileError(
        .unsupported, file, part: "head", "it does not say of which kind its decoder is",
        remedy: "Write the network with a decoder that has a name: see HeadKind.")
    }
    self.init(encoder: encoder, decoder: decoder, classNames: recorded.card.classNames)
    try recorded.load(into: self)
  }
}
