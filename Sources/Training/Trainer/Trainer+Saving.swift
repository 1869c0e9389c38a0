import GraftLayers
import GraftTensor

extension Trainer {
  func save(_ identity: TrainingIdentity?) throws {
    lastSave = .now
    guard let checkpoint, let identity else { return }
    try checkpoint.write(
      .init(
        identity: identity, state: state, network: network.trainableState, memory: optimizer.memory,
        best: best))
  }

  func restore(_ identity: TrainingIdentity?) throws {
    guard let checkpoint, let identity,
      let saved = try checkpoint.read(for: identity, shapes: network.trainableState.mapValues(\.shape))
    else { return }
    state = saved.state
    best = saved.best
    network.setTrainable(saved.network)
    optimizer.memory = saved.memory
    try tell(.resumed(epochs: state.history.epochs.count, batches: state.batch))
  }
}

extension Module {
  /// What training changes: the parameters that are not frozen, and the buffers.
  var trainableState: [String: Tensor] {
    let frozen = Set(parameters.filter { !$0.parameter.isTrainable }.map(\.path))
    return state.filter { !frozen.contains($0.key) }
  }

  func setTrainable(_ state: [String: Tensor]) {
    for (path, parameter) in parameters { if let value = state[path] { parameter.value = value } }
    for (path, buffer) in buffers { if let value = state[path] { buffer.value = value } }
  }
}
