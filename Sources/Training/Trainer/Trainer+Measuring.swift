import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

extension Trainer {
  /// The measurements at the end of an epoch, or before the first.
  struct Scores {
    /// By name.
    var metrics: [String: Double] = [:]
    var validationLoss = Double.nan
    var trainingLoss = Double.nan
    /// Whether a classifier gives one class to every validation picture.
    var hasCollapsed = false
    var seconds = 0.0
  }

  func measureStart(_ fit: Fit, _ sources: Sources) throws {
    guard measurements.contains(.start), state == State() else { return }
    let scores = try self.scores(fit, sources)
    let start = History.Epoch(
      number: 0, phase: nil, learningRate: optimizer.learningRate, trainingLoss: scores.trainingLoss,
      metrics: scores.metrics, seconds: scores.seconds)
    state.history.start = start
    try save(fit)
    try tell(.epoch(start, isBest: false, history: state.history))
  }

  func scores(_ fit: Fit, _ sources: Sources) throws -> Scores {
    let began = ContinuousClock.now
    var scores = Scores()
    var classes = ClassCounts()
    scores.validationLoss = try measure(
      fit.validation, from: sources.validation, as: .validation, &scores.metrics
    ) {
      if $0.shape.rank == 2 { classes.add(logits: $0, targets: $1) }
    }
    scores.hasCollapsed = classes.matrix.map { $0.predictedCounts.contains($0.count) } ?? false
    scores.metrics[MonitoredMetric.validationLoss.name] = scores.validationLoss
    if measurements.contains(.trainingPart) {
      let plain = fit.training.dataset.batches(of: fit.training.size)
      let source = try fit.training.augmentation == nil ? sources.training : self.source(of: plain)
      scores.trainingLoss = try measure(plain, from: source, as: .training, &scores.metrics)
    }
    scores.seconds = began.duration(to: .now).seconds
    return scores
  }

  /// Measures a part of the data; the mean loss, penalties included, is the result.
  private func measure(
    _ batches: Batches, from source: SampleSource, as part: MonitoredMetric.Part,
    _ values: inout [String: Double],
    also count: (_ logits: Tensor, _ targets: Tensor) -> Void = { _, _ in }
  ) throws -> Double {
    var measured = MeasuredMetrics(metrics)
    var lossSum = 0.0
    try forEachMicroBatch(of: batches, from: source) { logits, targets in
      measured.add(logits: logits, targets: targets)
      count(logits, targets)
      lossSum += Double(loss.function(logits, targets).scalar) * Double(logits.shape[0])
    }
    for (name, value) in measured.values { values[MonitoredMetric.name(name, on: part)] = value }
    let penalty = Double(network.regularization(.inference)?.scalar ?? 0)
    return lossSum / Double(batches.dataset.count) + penalty
  }

  /// Counts what the network, as it is, makes of a data set, as is done after each epoch and to the same bits.
  ///
  /// - Parameters:
  ///   - emptyCounts: what to count, such as `SegmentationScore()`.
  ///   - dataset: the pictures.
  public func count<Counts: MetricCounts>(_ emptyCounts: Counts, over dataset: Dataset) throws -> Counts {
    var counts = emptyCounts
    let batches = dataset.batches(of: microBatchSize)
    try forEachMicroBatch(of: batches, from: source(of: batches)) { counts.add(logits: $0, targets: $1) }
    return counts
  }

  /// Calls `body`, on the compute thread, with the logits and targets of every micro-batch of a data set in its order.
  func forEachMicroBatch(
    of batches: Batches, from source: SampleSource, _ body: (_ logits: Tensor, _ targets: Tensor) -> Void
  ) throws {
    var context = Context.inference
    context.convolutionAlgorithm = convolutionAlgorithm
    let microBatches = MicroBatch.parts(of: Array(batches.dataset.indices), batch: 0, size: microBatchSize)
    let epoch = state.history.epochs.count
    let loaded = Prefetcher(microBatches) { try source.batch(at: $0.indices, epoch: epoch) }
    while let batch = try loaded.next() {
      ComputeThread.run {
        body(trained.logits(of: batch.inputs, after: source.stage, context), batch.targets)
      }
    }
  }
}
