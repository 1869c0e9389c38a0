import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// What a file of Graft's own says of the network in it.
struct RecordedNetwork {
  let file: any WeightFile
  let card: ModelCard
  let architecture: Architecture
  private let preprocessing: Preprocessing

  private static let largestSide = 8192

  /// - Parameters:
  ///   - file: which may hold anything.
  ///   - part: below which the head's tensors lie, such as `decoder`.
  ///   - found: says what a file without such a head holds, by its names.
  ///   - remedy: what to name instead, as a sentence.
  init(
    _ file: any WeightFile, headedBy part: String, else found: ([String]) -> String, remedy: String
  ) throws {
    self.file = file
    card = try file.modelCard()
    guard file.names.contains(where: { $0.hasPrefix("\(part).") }) else {
      throw WeightFileError(.foreign, file.file, "this file holds \(found(file.names))", remedy: remedy)
    }
    guard let architecture = card.architecture, let preprocessing = try file.recordedPreprocessing() else {
      throw WeightFileError(
        .foreign, file.file,
        "it has a \(part) and does not say what its encoder is and how pictures are prepared for it",
        remedy: remedy)
    }
    guard max(preprocessing.width, preprocessing.height) <= Self.largestSide else {
      throw WeightFileError(
        .damaged, file.file, part: "preprocessing",
        "pictures of \(preprocessing.width)×\(preprocessing.height) are too large for any network")
    }
    self.architecture = architecture
    self.preprocessing = preprocessing
  }

  /// An encoder as the file has it, its weights still random, and the family that it is of.
  func encoder(_ families: [EncoderFamily]) throws -> (encoder: any ImageEncoder, family: EncoderFamily) {
    guard let family = families.first(where: { $0.name == architecture.family }) else {
      throw WeightFileError(
        .unsupported, file.file, part: "architecture",
        "its encoder is \(architecture) of the family \(architecture.family), and the families that this program knows are "
          + families.map(\.name).joined(separator: ", "),
        remedy: "Read it in a program that has this encoder, with its family in the list of families.")
    }
    let encoder = try following("architecture") { try family.encoder(architecture, preprocessing) }
    guard encoder.architecture == architecture, encoder.preprocessing == preprocessing else {
      throw WeightFileError(
        .foreign, file.file, part: "architecture",
        "the family \(family.name) made \(encoder.architecture) where the file has \(architecture), or prepares pictures in "
          + "another way",
        remedy: "Let the family make the encoder with the settings and the preprocessing that it is given.")
    }
    let features = encoder.outputShape(of: encoder.lastStage.name)
    guard features.allSatisfy({ $0 > 0 }) else {
      throw WeightFileError(
        .damaged, file.file, part: "preprocessing",
        "of pictures of \(preprocessing.width)×\(preprocessing.height) the encoder leaves nothing")
    }
    return (encoder, family)
  }

  /// The kind of head that the file names; nil if it names none.
  func head(_ families: [HeadFamily], for encoder: any ImageEncoder) throws -> HeadKind? {
    guard let head = card.head else { return nil }
    guard let family = families.first(where: { $0.name == head.family }) else {
      throw WeightFileError(
        .unsupported, file.file, part: "head",
        "its head is \(head) of the family \(head.family), and the families that this program knows are "
          + families.map(\.name).joined(separator: ", "),
        remedy: "Read it in a program that has this head, with its family in the list of families.")
    }
    let kind = try following("head") { try family.kind(head) }
    if let misfit = kind.misfit(with: encoder) {
      throw WeightFileError(.damaged, file.file, part: "preprocessing", misfit)
    }
    return kind
  }

  /// Fills a network: each parameter once, with its own shape, and nothing in the file is left over.
  func load(into network: some GraftedNetwork) throws {
    let wanted = network.stateShapes
    let table = NamingTable.graft(paths: wanted.map(\.path))
    try network.load(file.parameters(wanted, namedBy: [table]).tensors)
  }

  /// Says of which file and part settings are that cannot be followed.
  func following<Made>(_ part: String, _ make: () throws -> Made) throws -> Made {
    do {
      return try make()
    } catch let error as ArchitectureError {
      throw WeightFileError(.damaged, file.file, part: part, error.problem)
    } catch is DecodingError {
      throw WeightFileError(
        .damaged, file.file, part: part,
        "\"\(file.metadata[part] ?? "")\" has other settings than its family takes")
    }
  }
}
