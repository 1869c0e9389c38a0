import GraftDatasets
import GraftLayers
import GraftModels
import GraftTensor

/// One call of `fit`: what it was given, and what follows from that for each of its phases.
struct Fit {
  let training, validation: Batches
  let phases: [Phase]
  /// Whether the caller divided the training into phases.
  let hasPhases: Bool
  let selection: Trainer.Selection
  /// The settings that a checkpoint is compared by; nil where none is saved.
  var identity: TrainingIdentity?
  /// How the network was frozen before.
  let freezing: Freezing
  /// The paths of the parameters that are trained, for each phase.
  let trainedPaths: [[String]]
  /// The last stage whose output is stored, for each phase.
  private let boundaries: [EncoderStage.Name?]
  private let encoder: (any ImageEncoder)?

  init(
    _ network: TrainedNetwork, _ training: Batches, _ validation: Batches, _ phases: [Phase], hasPhases: Bool,
    _ selection: Trainer.Selection
  ) {
    require(!phases.isEmpty, "A training has at least one phase.")
    require(
      Set(phases.map(\.name)).count == phases.count,
      "The phases of a training have different names, not \(phases.map(\.name)).")
    (self.training, self.validation, self.phases) = (training, validation, phases)
    (self.hasPhases, self.selection) = (hasPhases, selection)
    let freezing = Freezing(of: network.module)
    defer { freezing.restore() }
    var trainedPaths: [[String]] = []
    var boundaries: [EncoderStage.Name?] = []
    for phase in phases {
      network.train(phase.training, before: freezing)
      let own = network.module.parameters.filter(\.parameter.isTrainable).map(\.path)
      require(
        !own.isEmpty,
        "Nothing is trained\(hasPhases ? " in the phase \(phase.name)" : ""): unfreeze a part of the network."
      )
      trainedPaths.append(own)
      boundaries.append(network.cacheablePrefix?.lastStage)
    }
    self.freezing = freezing
    self.trainedPaths = trainedPaths
    self.boundaries = boundaries
    encoder = network.grafted?.encoder
  }

  /// The paths of the parameters that are trained in a phase or one before it.
  func pathsTrained(through phase: Int) -> Set<String> { Set(trainedPaths[...phase].joined()) }

  /// The end of the name of a phase's settings: ` of the phase head`; empty where there are no phases.
  func suffix(_ phase: Int) -> String { hasPhases ? " of the phase \(phases[phase].name)" : "" }

  /// The earlier stages at whose outputs later phases begin with these very weights: stored when a picture goes through them, they need
  /// not be computed again.
  func stagesToKeep(in phase: Int) -> [EncoderStage.Name] {
    guard let encoder, let boundary = boundaries[phase] else { return [] }
    var (kept, frozenThrough) = ([EncoderStage.Name](), encoder.index(of: boundary))
    for later in boundaries[(phase + 1)...] {
      guard let later else { break }
      // Stages beyond are trained in between.
      guard encoder.index(of: later) < frozenThrough else { continue }
      frozenThrough = encoder.index(of: later)
      kept.append(later)
    }
    return kept
  }
}
