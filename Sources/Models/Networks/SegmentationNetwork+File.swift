import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension SegmentationNetwork {
  /// Reads a whole network, encoder and decoder, from a file that says what it holds: one of a study's `models`, or what
  /// `write(to:)` of any segmentation network wrote.
  ///
  /// Each parameter is filled once with its own shape, and nothing in the file is left over.
  ///
  /// - Parameters:
  ///   - file: its metadata are a `ModelCard` with the preprocessing.
  ///   - decoder: a kind of decoder that is not the library's; nil for the one that the file names.
  ///   - makeEncoder: makes an encoder that is not the library's, for what the file says of it; its weights do not matter.
  ///     With nil, the encoder is one of ``KnownNetwork``, of any variant and width, ``VGG/small()`` included.
  /// - Throws: `WeightFileError` or `LoadReport` if the file holds another network or none, does not say which, or is
  ///   damaged; `FileError` if it cannot be read; whatever `makeEncoder` throws.
  public convenience init(
    contentsOf file: URL, decoder: Decoder? = nil,
    makeEncoder: ((ModelCard, Preprocessing) throws -> any ImageEncoder)? = nil
  ) throws {
    let recorded = try RecordedSegmentation(openWeightFile(at: file))
    let encoder = try recorded.encoder(makeEncoder)
    let decoder = try decoder ?? recorded.decoder(for: encoder)
    try recorded.check(decoder, fits: encoder)
    self.init(encoder: encoder, decoder: decoder, classNames: recorded.card.classNames)
    let wanted = stateShapes
    let table = NamingTable.graft(paths: wanted.map(\.path))
    try load(recorded.file.parameters(wanted, namedBy: [table]).tensors)
  }
}

/// What a file says of the segmentation network in it.
private struct RecordedSegmentation {
  let file: any WeightFile
  let card: ModelCard
  private let preprocessing: Preprocessing

  /// More classes than anybody has; a file that claims so many was made to harm.
  private static let largestClassCount = 1024
  private static let largestSide = 8192

  init(_ file: any WeightFile) throws {
    self.file = file
    card = try file.modelCard()
    let remedy = "Name a file of a study's models folder, or one that a SegmentationNetwork was written to."
    guard file.names.contains(where: { $0.hasPrefix("decoder.") }) else {
      let isClassifier = file.names.contains { $0.hasPrefix("classifier.") || $0.hasPrefix("top.") }
      let found = isClassifier ? "a classifier, which gives no masks" : "weights without a decoder"
      throw WeightFileError(.foreign, file.file, "this file holds \(found)", remedy: remedy)
    }
    guard card.architecture != nil, let preprocessing = try file.recordedPreprocessing() else {
      throw WeightFileError(
        .foreign, file.file,
        "it has a decoder and does not say what its encoder is and how pictures are prepared for it",
        remedy: remedy)
    }
    guard max(preprocessing.width, preprocessing.height) <= Self.largestSide else {
      throw WeightFileError(
        .damaged, file.file, part: "preprocessing",
        "pictures of \(preprocessing.width)×\(preprocessing.height) are too large for any network")
    }
    self.preprocessing = preprocessing
  }

  func encoder(_ make: ((ModelCard, Preprocessing) throws -> any ImageEncoder)?) throws -> any ImageEncoder {
    guard let make else {
      guard let known = try RecordedEncoder(file: file, card: card, preprocessing: preprocessing).make()
      else {
        throw WeightFileError(
          .unsupported, file.file, part: "architecture",
          "its encoder is \(card.architecture ?? "unknown"), which is none of the library's",
          remedy:
            "Read it in a program that has this encoder: SegmentationNetwork(contentsOf:makeEncoder:) takes a closure that makes it."
        )
      }
      return known
    }
    let encoder = try make(card, preprocessing)
    try file.checkArchitecture(isOneOf: [encoder.architecture])
    guard encoder.preprocessing == preprocessing else {
      throw WeightFileError(
        .foreign, file.file, part: "preprocessing",
        "the encoder that was made prepares pictures in another way than that of the file",
        remedy: "Make it with the preprocessing that comes from the file.")
    }
    return encoder
  }

  func check(_ decoder: SegmentationNetwork.Decoder, fits encoder: any ImageEncoder) throws {
    guard let misfit = decoder.misfit(with: encoder) else { return }
    throw WeightFileError(.damaged, file.file, part: "preprocessing", misfit)
  }

  func decoder(for encoder: any ImageEncoder) throws -> SegmentationNetwork.Decoder {
    let last = encoder.lastStage
    guard encoder.outputShape(of: last.name).allSatisfy({ $0 > 0 }) else {
      throw WeightFileError(
        .damaged, file.file, part: "preprocessing",
        "of pictures of \(preprocessing.width)×\(preprocessing.height) the encoder leaves nothing to decode")
    }
    func outputs(_ layer: String, atMost limit: Int) throws -> Int {
      try file.outputs(of: "decoder.\(layer).kernel", atMost: limit)
    }
    if card.head == SegmentationNetwork.Decoder.fcn32Name {
      return .fcn32(classes: try outputs("score", atMost: Self.largestClassCount))
    }
    if card.head == SegmentationNetwork.Decoder.pooledName {
      return .pooled(
        side: preprocessing.height, classes: try outputs("score", atMost: Self.largestClassCount))
    }
    guard let variant = card.head.flatMap(FCNDecoder.Variant.init) else {
      let own = [SegmentationNetwork.Decoder.fcn32Name, SegmentationNetwork.Decoder.pooledName]
      let kinds = own + FCNDecoder.Variant.allCases.map(\.rawValue)
      throw WeightFileError(
        .unsupported, file.file, part: "head",
        card.head.map { "its decoder is \($0), which is none of the library's" }
          ?? "it does not say of which kind its decoder is",
        remedy: "The library's are \(kinds.joined(separator: ", ")); hand another one over as `decoder`.")
    }
    guard FCNDecoder.skippedStages(variant, encoder.stages) != nil else {
      throw WeightFileError(
        .damaged, file.file, part: "head", "its encoder has no stages that \(variant.rawValue) could read")
    }
    return .fcn(
      variant, classes: try outputs("score", atMost: Self.largestClassCount),
      hiddenUnits: try outputs("fc6", atMost: 1 << 16))
  }
}
