import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

extension Trainer {
  func runEpoch(of fit: Fit, from source: SampleSource) throws {
    let phase = fit.phases[state.phase]
    optimizer.learningRate = phase.schedule.learningRate(
      from: phase.optimizer.learningRate, after: state.historyOfPhase)
    let batches = fit.training.indices(epoch: state.history.epochs.count)
    let microBatches = batches.enumerated().dropFirst(state.batch).flatMap { number, indices in
      MicroBatch.parts(of: indices, batch: number, size: microBatchSize)
    }
    let epoch = state.history.epochs.count
    let loaded = Prefetcher(microBatches) {
      (part: $0, batch: try source.batch(at: $0.indices, epoch: epoch))
    }
    var gradients = ParameterGradients()
    var batchLoss = 0.0
    var began = ContinuousClock.now
    while let (part, batch) = try loaded.next() {
      batchLoss += try ComputeThread.run { try add(part, of: batch, source: source, to: &gradients) }
      guard part.isLast else { continue }
      guard batchLoss.isFinite else {
        throw TrainingDiverged(
          loss: batchLoss, epoch: epoch + 1, batch: part.batch + 1, learningRate: optimizer.learningRate)
      }
      ComputeThread.run { optimizer.update(network, with: gradients) }
      gradients = ParameterGradients()
      state.lossSum += batchLoss * Double(part.batchSize)
      state.sampleCount += part.batchSize
      state.batch = part.batch + 1
      state.seconds += Double(began.duration(to: .now).seconds)
      began = .now
      try tell(
        .step(
          epoch: state.history.epochs.count + 1, batch: state.batch, of: batches.count,
          samples: part.batchSize,
          loss: batchLoss))
      batchLoss = 0
      if isInterrupted() {
        try save(fit)
        throw TrainingInterrupted(isSaved: checkpoint != nil)
      }
      if ContinuousClock.now - lastSave > .seconds(60) { try save(fit) }
    }
  }

  /// Adds the gradients of one micro-batch; the last one brings the penalties.
  private func add(
    _ part: MicroBatch, of batch: Batch, source: SampleSource, to gradients: inout ParameterGradients
  ) throws -> Double {
    // The names decide on the numbers.
    let random = random.child("step", state.history.epochs.count, part.batch).child("slice", part.number)
    let step = TrainingStep(random: random, convolutionAlgorithm: convolutionAlgorithm)
    var loss =
      trained.loss(loss, of: batch.inputs, after: source.stage, batch.targets, step.context)
      * (Float(part.indices.count) / Float(part.batchSize))
    if part.isLast, let penalty = network.regularization(step.context) { loss = loss + penalty }
    let own = try step.gradients(of: loss)
    gradients.add(own, of: network)
    return Double(loss.scalar)
  }

  func finishEpoch(of fit: Fit, _ scores: Scores) throws {
    // Such weights are worth nothing: they go into no history and no checkpoint.
    guard scores.validationLoss.isFinite else {
      throw TrainingDiverged(
        loss: scores.validationLoss, epoch: state.history.epochs.count + 1, batch: nil,
        learningRate: optimizer.learningRate)
    }
    state.seconds += scores.seconds
    let epoch = History.Epoch(
      number: state.history.epochs.count + 1, phase: fit.hasPhases ? fit.phases[state.phase].name : nil,
      learningRate: optimizer.learningRate, trainingLoss: state.lossSum / Double(state.sampleCount),
      metrics: scores.metrics, seconds: state.secondsOfEpoch)
    var isBest = false
    if case .best(let metric) = fit.selection, let value = epoch[metric] {
      isBest = metric.isBetter(value, than: state.history.best(metric)?[metric])
      if isBest { best = network.state(of: fit.pathsTrained(through: state.phase)) }
    }
    state.beginNextEpoch(after: epoch)
    try save(fit)
    try tell(.epoch(epoch, isBest: isBest, history: state.history))
    if scores.hasCollapsed {
      try tell(
        .warning(
          "Epoch \(epoch.number) gives one class to every validation picture: the network has collapsed. A smaller "
            + "learning rate or a larger batch helps."))
    }
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
