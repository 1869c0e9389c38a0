import GraftLayers
import GraftModels
import GraftTensor

extension TrainedNetwork {
  /// Freezes all parameters but a part; a network that has no such part is a mistake, and ends the program.
  ///
  /// - Parameters:
  ///   - part: what is trained.
  ///   - freezing: how it was when the training began.
  func train(_ part: Phase.Part, before freezing: Freezing) {
    freezing.restore()
    switch part {
    case .unfrozen: return
    case .everything: module.unfreeze()
    case .paths(let paths):
      module.freeze()
      for path in paths { module.unfreeze(path) }
    case .head: train(stages: [])
    case .from(let name):
      let encoder = encoder(for: name)
      train(stages: encoder.stages[encoder.index(of: name)...])
    }
  }

  /// Freezes everything but some stages of the encoder and what lies outside of it.
  private func train(stages: some Sequence<EncoderStage>) {
    let inside = Set(encoder(for: "the head").parameters.map { ObjectIdentifier($0.parameter) })
    for (_, parameter) in module.parameters {
      parameter.isTrainable = !inside.contains(ObjectIdentifier(parameter))
    }
    for stage in stages { stage.module.unfreeze() }
  }

  private func encoder(for part: String) -> any ImageEncoder {
    guard let encoder = grafted?.encoder else {
      misused(
        "A phase trains \(part), and this network has no encoder with stages. Name the paths of parameters, as in "
          + ".paths([\"\(module.members.last?.name ?? "dense")\"]).")
    }
    return encoder
  }
}

/// Which parameters of a module are frozen, to be restored after a training.
struct Freezing {
  private let parameters: [(parameter: Parameter, isTrainable: Bool)]

  init(of module: any Module) {
    parameters = module.parameters.map { ($0.parameter, $0.parameter.isTrainable) }
  }

  func restore() {
    for (parameter, isTrainable) in parameters { parameter.isTrainable = isTrainable }
  }
}
