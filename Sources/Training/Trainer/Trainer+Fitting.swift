import GraftDatasets
import GraftLayers
import GraftTensor

extension Trainer {
  /// Trains until a rule says that it is enough, resuming the checkpoint if there is one.
  ///
  /// Without a checkpoint each call is a training of its own: it begins with the network's weights as they are, with an
  /// optimizer without a state, and with an empty history. With a checkpoint a call resumes what is saved there:
  /// weights, optimizer state, history and best weights together, whatever this trainer or its network did meanwhile. So a training that
  /// was done goes on to more epochs, as one call would have given them.
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
    let whole = Phase(
      "", training: .unfrozen, optimizer: initialOptimizer, schedule: schedule, until: rule)
    return try run(Fit(trained, training, validation, [whole], hasPhases: false, selection))
  }

  /// Trains in phases, one after the other: first a new head, say, and then the last block of the encoder with it.
  ///
  /// Epochs go on counting from phase to phase, and ``History/Epoch/phase`` says which phase each belongs to. With
  /// ``Selection/best(_:)`` a phase begins with the best weights of all epochs before it, else with the last ones; the
  /// network ends likewise. What was frozen before is frozen again afterwards.
  ///
  /// A checkpoint is resumed in whichever phase it was saved. The last phase may then be made longer, and phases added after it; the
  /// phases before the one that it was saved in must be the same.
  ///
  /// - Parameters:
  ///   - training: shuffled batches to learn from.
  ///   - validation: what is measured after each epoch.
  ///   - phases: at least one, of different names. They have optimizers of their own; this trainer's is not used.
  ///   - selection: which weights the next phase begins with, and which the network has at the end.
  /// - Returns: what happened in each epoch, resumed ones included.
  /// - Throws: what ``fit(_:validation:until:keep:)`` throws. A phase that trains nothing is a mistake, and ends the program.
  @discardableResult
  public func fit(
    _ training: Batches, validation: Batches, phases: [Phase], keep selection: Selection = .last
  ) throws -> History {
    try run(Fit(trained, training, validation, phases, hasPhases: true, selection))
  }

  private func run(_ fit: Fit) throws -> History {
    var fit = fit
    for index in fit.phases.indices { checkThatMetricsAreMeasured(in: index, of: fit) }
    defer { fit.freezing.restore() }
    (state, best, optimizer) = (State(), [:], fit.phases[0].optimizer)
    // Only what is saved is compared with anything.
    fit.identity = try checkpoint.map { _ in try TrainingIdentity(self, fit) }
    try restore(fit)
    while true {
      let reason = try runPhase(of: fit)
      try tell(.ended(reason: reason, history: state.history))
      if case .best = fit.selection, !best.isEmpty { network.setState(best) }
      if state.phase + 1 == fit.phases.count { return state.history }
      try beginNextPhase(of: fit)
    }
  }

  /// Trains to the end of the current phase.
  ///
  /// - Returns: why it ended.
  private func runPhase(of fit: Fit) throws -> String {
    let phase = fit.phases[state.phase]
    trained.train(phase.training, before: fit.freezing)
    if fit.hasPhases {
      try tell(.phase(name: phase.name, number: state.phase + 1, of: fit.phases.count))
    }
    func reason() -> String? {
      phase.rule.reason(history: state.historyOfPhase, seconds: state.secondsOfPhase)
    }
    if !state.historyOfPhase.epochs.isEmpty, let reason = reason() { return reason }
    let kept = fit.stagesToKeep(in: state.phase)
    let sources = Sources(
      training: try source(of: fit.training, keeping: kept),
      validation: try source(of: fit.validation, keeping: kept))
    try measureStart(fit, sources)
    while true {
      if let reason = reason() { return reason }
      try runEpoch(of: fit, from: sources.training)
      let scores = try scores(fit, sources)
      try finishEpoch(of: fit, scores)
    }
  }

  private func beginNextPhase(of fit: Fit) throws {
    state.beginNextPhase()
    optimizer = fit.phases[state.phase].optimizer
    // Parameters that are trained from now on had these values when the best weights were found.
    if !best.isEmpty {
      best.merge(network.state(of: fit.pathsTrained(through: state.phase))) { best, _ in best }
    }
    features.removeAll()
    try save(fit)
  }

  private func checkThatMetricsAreMeasured(in index: Int, of fit: Fit) {
    let phase = fit.phases[index]
    var wanted = phase.rule.patiences.map { ("The stopping rule\(fit.suffix(index))", $0.metric) }
    if case .best(let metric) = fit.selection { wanted.append(("The choice of the best weights", metric)) }
    if let metric = phase.schedule.metric {
      wanted.append(("The learning-rate schedule\(fit.suffix(index))", metric))
    }
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

/// Where the samples of a phase come from.
struct Sources {
  let training, validation: SampleSource
}
