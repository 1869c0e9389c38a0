import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining

/// One training of a run.
struct RunTraining {
  /// Its name in the plan and in the names of its files: `vgg19-lfw-hair-control`.
  let name: String
  /// For people: `vgg19  lfw-hair  control`.
  let title: String
  /// The encoder, as results name it.
  let encoder: String
  /// The name under which its costs are recorded: `gender`, `segmentation`.
  let stage: String
  let loss: Loss
  let metrics: [any Metric]
  let optimizer: any Optimizer
  /// Which statistics batch normalisation layers use.
  let batchNormBehaviour: BatchNorm.Behaviour
  let parts: Split.Parts
  let batchSize: Int
  let stoppingRule: StoppingRule
  /// The metric by which the best epoch is chosen.
  let selection: MonitoredMetric
}

/// A training that is done.
struct FinishedTraining {
  /// Its network has the weights of the best epoch.
  let trainer: Trainer
  let best: History.Epoch
  /// How many epochs there were.
  let epochs: Int
}

extension Run {
  /// Trains a network, or goes on with its training; its features are stored first.
  func train(_ network: any GraftedNetwork, _ training: RunTraining) throws -> FinishedTraining {
    network.setBatchNormBehaviour(training.batchNormBehaviour)
    // The trained network is for inference, and its file must not hold what only training needs.
    defer { network.setBatchNormBehaviour(.following) }
    let computed = ComputedFeatures()
    let trainer = trainer(of: network, training, observedBy: computed)
    try storeFeatures(with: trainer, of: network, training, computed)
    let parts = training.parts
    let history = try measured(training.stage) {
      try trainer.fit(
        parts.training.batches(of: training.batchSize, shuffledBy: experiment.configuration.seed),
        validation: parts.validation.batches(of: training.batchSize), until: training.stoppingRule,
        keep: .best(training.selection))
    }
    if network.lastCacheableStage != nil {
      let pictures = history.epochs.count * (parts.training.count + parts.validation.count)
      results.run.frozenPictures[training.encoder, default: [:]][training.stage, default: 0] += pictures
    }
    guard let best = history.best(training.selection) else {
      throw StudyError("The training \(training.name) ended without an epoch: allow it at least one.")
    }
    return FinishedTraining(trainer: trainer, best: best, epochs: history.epochs.count)
  }

  private func trainer(
    of network: any GraftedNetwork, _ training: RunTraining, observedBy computed: ComputedFeatures
  ) -> Trainer {
    clock?.begin(training.name)
    var observers: [any TrainingObserver] = [
      console.progress(
        title: training.title, metric: training.selection, epochs: training.stoppingRule.epochs, clock: clock),
      computed, CSVLog(to: folder.log(training.name)), EventLog(in: folder.events(training.name)),
    ]
    // Before the progress report, which reads it.
    if let clock { observers.insert(clock, at: 0) }
    return Trainer(
      network, loss: training.loss, metrics: training.metrics, optimizer: training.optimizer,
      random: random.child("training"), convolutionAlgorithm: algorithm,
      store: store, checkpoint: folder.checkpoint(training.name), observers: observers,
      isInterrupted: isInterrupted)
  }

  private func storeFeatures(
    with trainer: Trainer, of network: any GraftedNetwork, _ training: RunTraining,
    _ computed: ComputedFeatures
  ) throws {
    let stage = "\(training.stage) features"
    let before = results.run.seconds[stage] ?? 0
    // Networks that differ only in the last stage share the features before it, which are computed once.
    let shared = network.encoder.stages.dropLast().suffix(1).map(\.name)
    try measured(stage) {
      for part in training.parts.all { try trainer.storeFeatures(of: part, keeping: shared) }
    }
    guard computed.count > 0 else { return }
    let seconds = ((results.run.seconds[stage] ?? 0) - before) / Double(computed.count)
    // A training that started from the shared features does not show what a whole picture takes.
    let longest = max(seconds, results.run.featureSeconds[training.encoder]?[training.stage] ?? 0)
    results.run.featureSeconds[training.encoder, default: [:]][training.stage] = longest
  }
}
