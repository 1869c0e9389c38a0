import Foundation
import GraftDatasets
import GraftFiles
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

extension FaceSegmentationStudy {
  /// Where a trained network is kept, whole, so that it can be used without anything else.
  func modelFile(_ name: String) -> URL {
    output.appendingPathComponent("models/\(name).safetensors")
  }

  /// What a segmentation network should be known by, besides what it says of itself.
  func card(of decoder: Decoder, metrics: [String: Double]) throws -> ModelCard {
    let (condition, encoder, parts) = (decoder.condition, decoder.network.encoder, decoder.parts)
    let arm = decoder.arm == .control ? "as it was published" : "its last stage tuned on gender"
    let task =
      condition.classes == .parts ? "Tells parts of faces apart" : "Segments faces \(condition.classes.title)"
    var card = try card(
      split: condition.text, encoder, parts, title: "\(task): \(decoder.subject.name), \(arm), and a decoder")
    // One map of logits stands for the face alone.
    let names = parts.training.classNames
    card.classNames = condition.classes == .parts || names.count != 2 ? names : [names[1]]
    card.epoch = decoder.best.number
    card.metrics = metrics
    card.settings = [
      "dataset": condition.dataset, "classes": condition.classes.rawValue, "arm": decoder.arm.rawValue,
      "lfwMasks": configuration.lfwMasks.rawValue, "helenMasks": configuration.helenMasks.rawValue,
      "helenThreshold": configuration.helenThreshold.rawValue,
      "featureType": configuration.featureType.rawValue, "convolutions": configuration.algorithm.rawValue,
      // Features of frozen stages are computed in other batches than those of the rest, with other last bits.
      "frozenThrough": encoder.lastFrozenStage?.name ?? "none",
    ]
    return card
  }

  /// What a gender classifier should be known by, besides what it says of itself.
  func card(
    of result: StudyResults.Gender, _ subject: Subject, _ encoder: any ImageEncoder, _ parts: Split.Parts
  ) throws -> ModelCard {
    var card = try card(
      split: "gender", encoder, parts, title: "Tells two genders apart: \(subject.name), its last stage tuned"
    )
    card.classNames = parts.training.classNames
    card.epoch = result.bestEpoch
    card.metrics = result.scores.metrics(\.metrics)
    return card
  }

  private func card(
    split: String, _ encoder: any ImageEncoder, _ parts: Split.Parts, title: String
  ) throws -> ModelCard {
    let file = "splits/\(split).json"
    var card = ModelCard(licence: licence(of: encoder))
    card.title = title
    card.dataset = split
    card.split = file
    card.splitDigest = try SHA256.digest(of: output.appendingPathComponent(file))
    card.encoderDigest = encoder.digest(through: encoder.lastStage.name)
    let measured =
      parts.test.map { "measured once on \($0.count) others, which no choice saw" }
      ?? "measured on those same pictures, so that its scores flatter"
    card.limits = """
      Trained on \(parts.training.count) pictures; its epoch was chosen by \(parts.validation.count) others, and it was \
      \(measured). Its scores hold for pictures like these only. Made for research; it says nothing reliable about any \
      one person.
      """
    card.commandLine = commandLine
    return card
  }

  /// What is known of the terms of the encoder's weights.
  private func licence(of encoder: any ImageEncoder) -> String {
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
      : "unknown to this program; of published ones it knows: \(Set(published).sorted().joined(separator: "; "))."
    return "That of the weights with which the encoder (\(encoder.architecture)) began, \(terms)"
  }
}
