import Foundation
import GraftDatasets
import GraftFiles
import GraftModels
import GraftTraining
import GraftWeights

extension Run {
  /// The model card of a network or an encoder of this run, but for what the network itself adds to it.
  ///
  /// - Parameters:
  ///   - title: what it is for.
  ///   - encoder: the encoder, or that of the network.
  func card(titled title: String, of encoder: any ImageEncoder) -> ModelCard {
    var card = ModelCard(licence: Self.licence(of: encoder))
    card.title = title
    card.encoderDigest = encoder.digest(through: encoder.lastStage.name)
    card.commandLine = commandLine
    return card
  }

  /// The model card of a network that was trained and measured.
  ///
  /// - Parameters:
  ///   - title: what it is for.
  ///   - encoder: its encoder.
  ///   - split: the name of the file that says which samples it was trained on.
  ///   - parts: those samples.
  func card(
    titled title: String, of encoder: any ImageEncoder, split: String, _ parts: Split.Parts
  ) throws -> ModelCard {
    let file = folder.split(split)
    var card = card(titled: title, of: encoder)
    card.dataset = split
    card.split = "splits/\(file.lastPathComponent)"
    card.splitDigest = try SHA256.digest(of: file)
    let measured =
      parts.test.map { "measured once on \($0.count) others, which were used for no choice" }
      ?? "measured on those same pictures, so that its scores are optimistic"
    card.limits = """
      Trained on \(parts.training.count) pictures; its epoch was chosen on \(parts.validation.count) others, and it was \
      \(measured). Its scores hold for pictures like these only. Made for research; it says nothing reliable about any \
      one person.
      """
    return card
  }

  /// What is known of the terms of the encoder's weights.
  private static func licence(of encoder: any ImageEncoder) -> String {
    if let small = try? VGG.small(), small.architecture == encoder.architecture,
      small.digest(through: small.stages[0].name) == encoder.digest(through: small.stages[0].name)
    {
      return
        "Apache-2.0, as the encoder that comes with Graft; the terms of the training pictures may add to that."
    }
    let sets = WeightSet.all.filter { $0.architecture == encoder.architecture }
    let published = sets.map { "\($0.naming): \($0.licence)" }
    let terms =
      published.isEmpty
      ? "unknown to this program."
      : "unknown to this program; the published ones that it knows have: \(Set(published).sorted().joined(separator: "; "))."
    return "That of the weights that the encoder (\(encoder.architecture)) started from: \(terms)"
  }
}
