import Foundation
import GraftTensor
import GraftWeights

/// The state of a training in one file, written whole or not at all: safetensors with the weights, the optimizer's
/// memory and the best weights so far, and the rest as JSON in its metadata.
struct Checkpoint {
  let file: URL

  /// What is saved.
  struct Contents {
    let settings: Trainer.Settings
    let state: Trainer.State
    let network, memory, best: [String: Tensor]
  }

  private enum Part: String, CaseIterable {
    case network, memory, best
  }

  func write(_ contents: Contents) throws {
    let parts: [(Part, [String: Tensor])] = [
      (.network, contents.network), (.memory, contents.memory), (.best, contents.best),
    ]
    let tensors = parts.flatMap { part, tensors in
      tensors.sorted { $0.key < $1.key }.map { (name: "\(part.rawValue)/\($0.key)", tensor: $0.value) }
    }
    try SafetensorsFile.write(
      tensors, metadata: ["settings": try json(contents.settings), "state": try json(contents.state)],
      to: file)
  }

  /// What was saved; nil if nothing was.
  ///
  /// - Throws: ``CheckpointError`` if it belongs to a training with other settings, or is no checkpoint.
  func read(for settings: Trainer.Settings) throws -> Contents? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let saved = try SafetensorsFile(contentsOf: file)
    guard
      let before = saved.metadata["settings"].flatMap({ try? decoded(Trainer.Settings.self, $0) }),
      let state = saved.metadata["state"].flatMap({ try? decoded(Trainer.State.self, $0) })
    else { throw CheckpointError(file: file, reason: "it is no checkpoint of this version of Graft") }
    if let difference = before.difference(from: settings) {
      throw CheckpointError(file: file, reason: difference)
    }
    var parts: [Part: [String: Tensor]] = [:]
    for name in saved.names {
      guard let slash = name.firstIndex(of: "/"), let part = Part(rawValue: String(name[..<slash])) else {
        throw CheckpointError(
          file: file, reason: "it has a tensor \(name) that belongs to no part of a training")
      }
      parts[part, default: [:]][String(name[name.index(after: slash)...])] = try saved.tensor(named: name)
    }
    return Contents(
      settings: settings, state: state, network: parts[.network] ?? [:], memory: parts[.memory] ?? [:],
      best: parts[.best] ?? [:])
  }

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

/// A checkpoint that cannot be gone on with.
public struct CheckpointError: Error, CustomStringConvertible {
  /// Which.
  public let file: URL
  /// What is wrong with it.
  public let reason: String

  /// What is wrong, and what to do.
  public var description: String {
    "\(file.path): this checkpoint cannot be gone on with: \(reason). Use the settings of before, or remove the file to "
      + "begin anew."
  }
}
