import GraftLayers
import GraftTensor

extension Trainer {
  func save(_ fit: Fit) throws {
    lastSave = .now
    guard let checkpoint, let identity = fit.identity else { return }
    try checkpoint.write(
      .init(
        identity: identity, state: state, network: network.state(of: fit.pathsTrained(through: state.phase)),
        optimizer: optimizer.state, best: best))
  }

  func restore(_ fit: Fit) throws {
    guard let checkpoint, let identity = fit.identity else { return }
    let saved = try checkpoint.read(for: identity) { phase in
      network.state(of: fit.pathsTrained(through: phase)).mapValues(\.shape)
    }
    guard let saved else { return }
    state = saved.state
    best = saved.best
    network.setState(saved.network)
    optimizer = fit.phases[state.phase].optimizer
    optimizer.state = saved.optimizer
    try tell(.resumed(epochs: state.history.epochs.count, batches: state.batch))
  }
}

extension Module {
  /// The state that a training changes: the parameters at some paths, and the buffers.
  func state(of paths: Set<String>) -> [String: Tensor] {
    let frozen = Set(parameters.map(\.path)).subtracting(paths)
    return state.filter { !frozen.contains($0.key) }
  }

  /// Sets what is given, and leaves the rest.
  func setState(_ state: [String: Tensor]) {
    for (path, parameter) in parameters { if let value = state[path] { parameter.value = value } }
    for (path, buffer) in buffers { if let value = state[path] { buffer.value = value } }
  }
}
