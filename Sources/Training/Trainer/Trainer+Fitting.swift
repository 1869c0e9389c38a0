import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

extension Trainer {
  /// Trains until a rule says that it is enough, going on from the checkpoint if there is one.
  ///
  /// Without a checkpoint each call is a training of its own: it begins with the network's weights as they are, with an
  /// optimizer that remembers nothing, and with an empty history. With a checkpoint a call resumes what is saved there:
  /// weights, optimizer state, history and best weights together, whatever this trainer or its network did meanwhile.
  ///
  /// - Parameters:
  ///   - training: shuffled batches to learn from.
  ///   - validation: what is measured after each epoch.
  ///   - rule: when it is enough.
  ///   - selection: which weights the network has at the end.
  /// - Returns: what happened in each epoch, resumed ones included.
  /// - Throws: ``TrainingInterrupted``; ``TrainingDiverged``; whatever reading the data, caching features and saving throws;
  ///   and ``CheckpointError`` if the checkpoint belongs to another training. A rule, a schedule or a selection that asks
  ///   for a metric that this trainer does not measure is a mistake, and ends the program before anything is computed.
  @discardableResult
  public func fit(
    _ training: Batches, validation: Batches, until rule: StoppingRule, keep selection: Selection = .last
  ) throws -> History {
    checkThatMetricsAreMeasured(by: rule, selection)
    (state, best, optimizer) = (State(), [:], initialOptimizer)
    // Only what is saved is compared with anything.
    let identity = try checkpoint.map { _ in
      try TrainingIdentity(
        self, optimizer: optimizer, training: training, validation: validation, selection: selection)
    }
    try restore(identity)
    let learned = try source(of: training)
    let measured = try source(of: validation)
    try measureStart(training, learned, validation, measured, identity)
    while true {
      if let reason = rule.reason(history: state.history, seconds: state.seconds) {
        try tell(.ended(reason: reason, history: state.history))
        break
      }
      try runEpoch(of: training, from: learned, identity)
      let scores = try self.scores(training, learned, validation, measured)
      try finishEpoch(scores, selection: selection, identity)
    }
    if case .best = selection, !best.isEmpty { network.setTrainable(best) }
    return state.history
  }

  private func checkThatMetricsAreMeasured(by rule: StoppingRule, _ selection: Selection) {
    var wanted = rule.patiences.map { ("The stopping rule", $0.metric) }
    if case .best(let metric) = selection { wanted.append(("The choice of the best weights", metric)) }
    if let metric = schedule.metric { wanted.append(("The learning-rate schedule", metric)) }
    var measured = Set([MonitoredMetric.validationLoss, .trainingLoss].map(\.name))
    for metric in metrics {
      measured.insert(MonitoredMetric.validation(metric).name)
      if measurements.contains(.trainingPart) { measured.insert(MonitoredMetric.training(metric).name) }
    }
    for (asker, metric) in wanted {
      require(
        measured.contains(metric.name),
        "\(asker) asks for \(metric.name), which this training does not measure; it measures "
          + "\(measured.sorted().joined(separator: ", ")). Hand the metric to the trainer.")
    }
  }
}
