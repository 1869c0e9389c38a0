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
  /// One of these things.
  private struct Entry: Codable {
    /// For people, such as `the slice size`.
    let name: String
    /// The JSON of a value: what is compared.
    let value: String
    /// The value for people, where its JSON says less. Rewording it changes nothing.
    let text: String
  }

  private var entries: [Entry] = []

  /// - Throws: whatever reading pictures and targets for their digests throws.
  init(
    _ trainer: Trainer, optimizer: any Optimizer, training: Batches, validation: Batches,
    selection: Trainer.Selection
  ) throws {
    let network = trainer.network
    if let architecture = trainer.trained.grafted?.encoder.architecture {
      try add("the encoder", architecture.identity, text: architecture.title)
    }
    try add("the preprocessing", trainer.trained.preprocessing)
    try add("the kinds of layers", Self.layerKinds(of: network))
    for (path, parameter) in network.parameters {
      let state = "\(parameter.shape)\(parameter.isTrainable ? "" : ", frozen")"
      try add("the parameter \(path)", state)
    }
    try add("the loss", trainer.loss.name)
    try add("the metrics", trainer.metrics.map(\.name))
    try add("the optimizer", AnyEncodable(optimizer), text: optimizer.summary)
    try add("the learning-rate schedule", trainer.schedule, text: trainer.schedule.description)
    try add(training.dataset, as: "training")
    try add(validation.dataset, as: "validation")
    try add("the batch size", training.size)
    try add("the slice size", trainer.sliceSize)
    try add("the shuffling seed", training.seed, text: training.seed.map { "\($0)" } ?? "none")
    let weights = training.weights.map { Self.digest(of: $0.map { "\($0)" }) }
    try add("the weights of the samples", weights, text: weights.map(Self.shortened) ?? "none")
    try add("the augmentation", training.augmentation, text: "\(training.augmentation, default: "none")")
    let behaviours = Set(network.batchNorms.map(\.layer.behaviour.rawValue)).sorted()
    try add("the rule of the batch normalisations", behaviours, text: behaviours.joined(separator: ", "))
    try add("the random stream", trainer.random, text: "\(trainer.random)")
    try add(
      "the convolution algorithm", trainer.convolutionAlgorithm, text: trainer.convolutionAlgorithm.rawValue)
    let scalarType = trainer.store.scalarType
    try add("the type of stored features", scalarType, text: scalarType.rawValue)
    try add("the rule that chooses the weights", selection, text: selection.text)
    try add("the machine", ComputeEnvironment.current, text: "\(ComputeEnvironment.current)")
    let frozen = network.parameters.filter { !$0.parameter.isTrainable }
    let digest = weightsDigest(
      of: Dictionary(frozen.map { ($0.path, $0.parameter.value) }) { first, _ in first })
    try add("the digest of the frozen weights", digest, text: Self.shortened(digest))
  }

  private mutating func add(_ dataset: Dataset, as part: String) throws {
    try add(
      "the \(part) data", [dataset.name, "\(dataset.count)"], text: "\(dataset.count) of \(dataset.name)")
    for (name, digest) in [
      ("names", Self.digest(of: dataset.map(\.identifier))),
      ("pictures", Self.digest(of: try dataset.map { try $0.picture.digest })),
      ("targets", Self.digest(of: try dataset.map { try $0.target.digest })),
    ] {
      try add("the digest of the \(part) \(name)", digest, text: Self.shortened(digest))
    }
  }

  private mutating func add(_ name: String, _ value: some Encodable, text: String? = nil) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(value), as: UTF8.self)
    entries.append(Entry(name: name, value: json, text: text ?? json.trimmingQuotes))
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

  /// The first thing that differs, for people: `the slice size was 4 and is now 5`; nil if nothing does.
  func difference(from now: TrainingIdentity) -> String? {
    let own = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    let other = Dictionary(now.entries.map { ($0.name, $0) }) { first, _ in first }
    for entry in entries {
      guard let new = other[entry.name] else {
        return "\(entry.name) was \(entry.text) and is not there any more"
      }
      guard new.value != entry.value else { continue }
      guard new.text != entry.text else { return "\(entry.name) was another than now" }
      return "\(entry.name) was \(entry.text) and is now \(new.text)"
    }
    return now.entries.first { own[$0.name] == nil }.map { "\($0.name) was not there and is now \($0.text)" }
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

extension String {
  fileprivate var trimmingQuotes: String {
    count > 1 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
  }
}
