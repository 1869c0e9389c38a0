import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftMetrics
import GraftTensor
import GraftWeights

/// Everything that the bits of a training depend on: what a checkpoint is compared by.
struct TrainingIdentity: Codable {
  /// The settings of one phase.
  private struct PhaseEntries: Codable {
    /// Those that always count.
    var settings = IdentityEntries()
    /// Its end, which only matters once another phase has begun.
    var end = IdentityEntries()
    /// The weights that neither it nor a phase before it trains. Those that are trained later only matter until then: a checkpoint has
    /// them.
    var frozenWeights = IdentityEntries()
  }

  private var settings = IdentityEntries()
  private var phases: [PhaseEntries] = []

  /// - Throws: whatever reading pictures and targets for their digests throws.
  init(_ trainer: Trainer, _ fit: Fit) throws {
    try addNetwork(of: trainer)
    try addTraining(of: trainer, fit)
    for index in fit.phases.indices { phases.append(try Self.phase(index, of: trainer, fit)) }
  }

  private mutating func addNetwork(of trainer: Trainer) throws {
    let network = trainer.network
    if let architecture = trainer.trained.grafted?.encoder.architecture {
      try settings.add("the encoder", architecture.identity, text: architecture.title)
    }
    try settings.add("the preprocessing", trainer.trained.preprocessing)
    try settings.add("the kinds of layers", Self.layerKinds(of: network))
    for (path, parameter) in network.parameters {
      try settings.add("the parameter \(path)", "\(parameter.shape)")
    }
    let behaviours = Set(network.batchNorms.map(\.layer.behaviour.rawValue)).sorted()
    try settings.add(
      "the rule of the batch normalisations", behaviours, text: behaviours.joined(separator: ", "))
  }

  private mutating func addTraining(of trainer: Trainer, _ fit: Fit) throws {
    let (training, validation, selection) = (fit.training, fit.validation, fit.selection)
    try settings.add("the loss", trainer.loss.name)
    try settings.add("the metrics", trainer.metrics.map(\.name))
    try add(training.dataset, as: "training")
    try add(validation.dataset, as: "validation")
    try settings.add("the batch size", training.size)
    try settings.add("the micro-batch size", trainer.microBatchSize)
    try settings.add("the shuffling seed", training.seed, text: training.seed.map { "\($0)" } ?? "none")
    let weights = training.weights.map { Self.digest(of: $0.map { "\($0)" }) }
    try settings.add("the weights of the samples", weights, text: weights.map(Self.shortened) ?? "none")
    try settings.add(
      "the augmentation", training.augmentation, text: "\(training.augmentation, default: "none")")
    try settings.add("the random stream", trainer.random, text: "\(trainer.random)")
    try settings.add(
      "the convolution algorithm", trainer.convolutionAlgorithm, text: trainer.convolutionAlgorithm.rawValue)
    let scalarType = trainer.store.scalarType
    try settings.add("the type of stored features", scalarType, text: scalarType.rawValue)
    try settings.add("the rule that chooses the weights", selection, text: selection.text)
    try settings.add("the machine", ComputeEnvironment.current, text: "\(ComputeEnvironment.current)")
  }

  private static func phase(_ index: Int, of trainer: Trainer, _ fit: Fit) throws -> PhaseEntries {
    let (phase, suffix) = (fit.phases[index], fit.suffix(index))
    var entries = PhaseEntries()
    let name = fit.hasPhases ? phase.name : nil
    try entries.settings.add("phase \(index + 1)", name, text: name ?? "the whole training")
    try entries.settings.add(
      "the optimizer\(suffix)", AnyEncodable(phase.optimizer), text: phase.optimizer.summary)
    try entries.settings.add(
      "the learning-rate schedule\(suffix)", phase.schedule, text: phase.schedule.description)
    let trained = fit.trainedPaths[index]
    try entries.settings.add(
      "the trained parameters\(suffix)", trained, text: trained.joined(separator: ", "))
    let changed = fit.pathsTrained(through: index)
    let frozen = trainer.network.parameters.filter { !changed.contains($0.path) }
    let digest = weightsDigest(
      of: Dictionary(frozen.map { ($0.path, $0.parameter.value) }) { first, _ in first })
    try entries.frozenWeights.add(
      "the digest of the frozen weights\(suffix)", digest, text: shortened(digest))
    try entries.end.add("the stopping rule\(suffix)", phase.rule, text: phase.rule.description)
    return entries
  }

  private mutating func add(_ dataset: Dataset, as part: String) throws {
    try settings.add(
      "the \(part) data", [dataset.name, "\(dataset.count)"], text: "\(dataset.count) of \(dataset.name)")
    for (name, digest) in [
      ("names", Self.digest(of: dataset.map(\.identifier))),
      ("pictures", Self.digest(of: try dataset.map { try $0.picture.digest })),
      ("targets", Self.digest(of: try dataset.map { try $0.target.digest })),
    ] {
      try settings.add("the digest of the \(part) \(name)", digest, text: Self.shortened(digest))
    }
  }

  /// The type of each layer, by its path: what shapes do not tell apart.
  private static func layerKinds(of network: any Module) -> [String: String] {
    let all = [(path: "", layer: network)] + network.layers
    return Dictionary(all.map { ($0.path, String(reflecting: type(of: $0.layer))) }) { first, _ in first }
  }

  private static func digest(of texts: [String]) -> String {
    var digest = SHA256()
    for text in texts { digest.update("\(text.utf8.count) \(text)\n") }
    return digest.finalize()
  }

  private static func shortened(_ digest: String) -> String { "\(digest.prefix(12))…" }

  /// The first thing that differs, for people: `the micro-batch size was 4 and is now 5`; nil if nothing does.
  ///
  /// - Parameters:
  ///   - now: of the training that is to be resumed.
  ///   - phase: the number from 0 of the one that had begun; the stopping rules of those before it have had their effect.
  func difference(from now: TrainingIdentity, through phase: Int) -> String? {
    if let difference = settings.difference(from: now.settings) { return difference }
    guard phase < now.phases.count else {
      return "it has come to phase \(phase + 1) of a training that has \(now.phases.count) now"
    }
    for (index, (before, current)) in zip(phases, now.phases).prefix(phase + 1).enumerated() {
      let rest =
        index < phase
        ? before.end.difference(from: current.end)
        : before.frozenWeights.difference(from: current.frozenWeights)
      if let difference = before.settings.difference(from: current.settings) ?? rest { return difference }
    }
    return nil
  }
}

extension Trainer.Selection: Encodable {
  fileprivate var text: String {
    switch self {
    case .best(let metric): "the best \(metric.name)"
    case .last: "the last epoch"
    }
  }

  /// Encodes the metric, if there is one.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .best(let metric): try container.encode(metric)
    case .last: try container.encodeNil()
    }
  }
}

/// An existential as a value that can be encoded.
private struct AnyEncodable: Encodable {
  let value: any Encodable
  init(_ value: any Encodable) { self.value = value }
  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
