import Foundation
import GraftTensor
import GraftWeights

/// The state of a training in one file, written whole or not at all: safetensors with the weights, the optimizer
/// state and the best weights so far, and the rest as JSON in its metadata.
struct Checkpoint {
  let file: URL

  /// What a checkpoint holds.
  struct Contents {
    let identity: TrainingIdentity
    let state: Trainer.State
    let network, optimizer, best: [String: Tensor]
  }

  private enum Part: String, CaseIterable {
    case network, optimizer, best
  }

  func write(_ contents: Contents) throws {
    let parts: [(Part, [String: Tensor])] = [
      (.network, contents.network), (.optimizer, contents.optimizer), (.best, contents.best),
    ]
    let tensors = parts.flatMap { part, tensors in
      tensors.sorted { $0.key < $1.key }.map { (name: "\(part.rawValue)/\($0.key)", tensor: $0.value) }
    }
    try SafetensorsFile.write(
      tensors, metadata: ["identity": try json(contents.identity), "state": try json(contents.state)],
      to: file)
  }

  /// The parts that were saved; nil if there is no file.
  ///
  /// - Parameters:
  ///   - identity: of the training that is to be resumed.
  ///   - shapes: of all that a training has changed in one of its phases, by path.
  /// - Throws: ``CheckpointError`` if it belongs to another training, or is no checkpoint, or lacks a tensor.
  func read(
    for identity: TrainingIdentity, shapes: (_ phase: Int) -> [String: Tensor.Shape]
  ) throws -> Contents? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let saved: SafetensorsFile
    do {
      saved = try SafetensorsFile(contentsOf: file)
    } catch let error as WeightFileError {
      throw CheckpointError(file: file, reason: error.problem)
    }
    guard
      let before = saved.metadata["identity"].flatMap({ try? decoded(TrainingIdentity.self, $0) }),
      let state = saved.metadata["state"].flatMap({ try? decoded(Trainer.State.self, $0) }), state.isPossible
    else { throw CheckpointError(file: file, reason: "it is not a checkpoint of this version of Graft") }
    if let difference = before.difference(from: identity, through: state.phase) {
      throw CheckpointError(file: file, reason: difference)
    }
    let shapes = shapes(state.phase)
    var parts: [Part: [String: Tensor]] = [:]
    for name in saved.names {
      guard let slash = name.firstIndex(of: "/"), let part = Part(rawValue: String(name[..<slash])) else {
        throw CheckpointError(
          file: file, reason: "it has a tensor \(name) that belongs to no part of a checkpoint")
      }
      parts[part, default: [:]][String(name[name.index(after: slash)...])] = try saved.tensor(named: name)
    }
    try check(parts[.network] ?? [:], "weights", against: shapes)
    if let best = parts[.best] { try check(best, "best weights", against: shapes) }
    try check(optimizer: parts[.optimizer] ?? [:], against: shapes)
    return Contents(
      identity: identity, state: state, network: parts[.network] ?? [:], optimizer: parts[.optimizer] ?? [:],
      best: parts[.best] ?? [:])
  }

  private func check(
    _ saved: [String: Tensor], _ what: String, against shapes: [String: Tensor.Shape]
  ) throws {
    for (path, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      guard let own = saved[path]?.shape else {
        throw CheckpointError(file: file, reason: "its \(what) lack \(path)")
      }
      guard own == shape else {
        throw CheckpointError(file: file, reason: "\(path) is \(own) in its \(what), and should be \(shape)")
      }
    }
    if let other = saved.keys.filter({ shapes[$0] == nil }).min() {
      throw CheckpointError(
        file: file, reason: "its \(what) have \(other), which this network does not train")
    }
  }

  /// Each optimizer state has the shape of its parameter, or is a scalar.
  private func check(optimizer state: [String: Tensor], against shapes: [String: Tensor.Shape]) throws {
    for (name, tensor) in state.sorted(by: { $0.key < $1.key }) {
      let parameter = shapes.first { path, _ in name == path || name.hasPrefix("\(path)/") }
      guard let shape = parameter?.value else {
        throw CheckpointError(file: file, reason: "its optimizer state \(name) belongs to no parameter")
      }
      guard tensor.shape == shape || tensor.shape.rank == 0 else {
        throw CheckpointError(
          file: file, reason: "its optimizer state \(name) is \(tensor.shape), and should be \(shape)")
      }
    }
  }

  // The metric of a class that does not occur is NaN, which JSON cannot hold.
  private static let notNumbers = (positive: "inf", negative: "-inf", none: "nan")

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: Self.notNumbers.positive, negativeInfinity: Self.notNumbers.negative,
      nan: Self.notNumbers.none)
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: Self.notNumbers.positive, negativeInfinity: Self.notNumbers.negative,
      nan: Self.notNumbers.none)
    return try decoder.decode(type, from: Data(text.utf8))
  }
}

/// A checkpoint that cannot be resumed.
public struct CheckpointError: LocalizedError, CustomStringConvertible {
  /// The checkpoint.
  public let file: URL
  /// The reason, as a part of a sentence.
  public let reason: String

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public var description: String {
    "\(file.path): this checkpoint cannot be resumed: \(reason). Use the earlier settings, or remove the file to begin "
      + "anew."
  }
}
