import Foundation
import GraftTensor

extension Module {
  /// Every parameter and buffer by its path: what a file keeps of a module. One that lies at several paths is kept under
  /// the first of them.
  public var state: [String: Tensor] {
    var state = Dictionary(uniqueKeysWithValues: parameters.map { ($0.path, $0.parameter.value) })
    for (path, buffer) in buffers { state[path] = buffer.value }
    return state
  }

  /// The paths of parameters and buffers with the shapes that they want, in order.
  public var stateShapes: [(path: String, shape: Tensor.Shape)] {
    parameters.map { ($0.path, $0.parameter.shape) } + buffers.map { ($0.path, $0.buffer.value.shape) }
  }

  /// Sets every parameter and buffer. One that lies at several paths may be given under each of them, as PyTorch saves it,
  /// if the numbers are the same.
  ///
  /// - Throws: ``StateError`` unless each is given exactly once with its own shape and nothing else is given; then
  ///   nothing has been changed.
  public func load(_ state: [String: Tensor]) throws {
    let state = try withoutRepetitions(state)
    let wanted = stateShapes
    let missing = wanted.map(\.path).filter { state[$0] == nil }
    let unexpected = state.keys.filter { key in !wanted.contains { $0.path == key } }.sorted()
    let misshaped = wanted.compactMap { path, shape in
      state[path].flatMap { $0.shape == shape ? nil : "\(path) is \($0.shape) and should be \(shape)" }
    }
    guard missing.isEmpty, unexpected.isEmpty, misshaped.isEmpty else {
      throw StateError(missing: missing, unexpected: unexpected, misshaped: misshaped)
    }
    for (path, parameter) in parameters { if let value = state[path] { parameter.value = value } }
    for (path, buffer) in buffers { if let value = state[path] { buffer.value = value } }
  }

  /// Moves tensors that are given under later paths of shared parameters and buffers to the first.
  private func withoutRepetitions(_ state: [String: Tensor]) throws -> [String: Tensor] {
    var state = state
    var first: [ObjectIdentifier: String] = [:]
    let places =
      everyPathOfParameters.map { (path: $0.path, part: ObjectIdentifier($0.parameter)) }
      + everyPathOfBuffers.map { (path: $0.path, part: ObjectIdentifier($0.buffer)) }
    for (path, part) in places {
      guard let known = first[part] else {
        first[part] = path
        continue
      }
      guard let repeated = state.removeValue(forKey: path) else { continue }
      let own = state[known] ?? repeated
      guard own.shape == repeated.shape, own.scalars == repeated.scalars else {
        throw StateError(contradicting: ["\(known) and \(path)"])
      }
      state[known] = own
    }
    return state
  }
}

/// Tensors that do not fit a module.
public struct StateError: LocalizedError, CustomStringConvertible {
  /// Paths that were not given.
  public let missing: [String]
  /// Paths that the module does not have.
  public let unexpected: [String]
  /// Paths whose tensors have another shape, each with both shapes.
  public let misshaped: [String]
  /// Pairs of paths that are one part of the module, and whose tensors differ.
  public let contradicting: [String]

  init(
    missing: [String] = [], unexpected: [String] = [], misshaped: [String] = [], contradicting: [String] = []
  ) {
    (self.missing, self.unexpected) = (missing, unexpected)
    (self.misshaped, self.contradicting) = (misshaped, contradicting)
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// The tensors that do not fit.
  public var description: String {
    let parts = [
      ("missing", missing), ("unknown", unexpected), ("of another shape", misshaped),
      ("shared, but given with different numbers", contradicting),
    ]
    let text = parts.filter { !$0.1.isEmpty }.map { name, paths in
      "\(paths.count) \(name): \(paths.prefix(4).joined(separator: ", "))\(paths.count > 4 ? ", …" : "")"
    }
    return "These tensors are not this network's (\(text.joined(separator: "; "))). "
      + "Load them into the network that they were saved from."
  }
}
