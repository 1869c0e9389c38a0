import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

/// Trains what is not frozen of a network.
///
/// The output of the leading stages that are frozen is computed once for each picture and stored, unless the pictures are
/// augmented and look different in every epoch. A batch is taken in
/// slices whose gradients are added up, so that memory does not grow with the batch. All that a training depends on
/// besides its data is one value, ``State``: with a checkpoint, a training that is killed at any moment goes on to the
/// same bits.
///
/// ```swift
/// let trainer = Trainer(
///   classifier, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: RMSprop(learningRate: 1e-4))
/// let history = try trainer.fit(
///   parts.training.batches(of: 200, shuffledBy: 7), validation: parts.validation.batches(of: 200),
///   until: .noImprovement(of: .validationLoss, for: 20), keep: .best(.validation(.accuracy)))
/// ```
public final class Trainer {
  /// What is trained.
  public let network: any GraftedNetwork
  /// What is minimised.
  public let loss: Loss
  /// What is measured after each epoch, besides the loss.
  public let metrics: [any Metric]
  /// What is measured besides the validation part after each epoch.
  public let measurements: Measurements
  /// How many samples are computed at a time.
  public let sliceSize: Int
  /// The learning rate of each epoch.
  public let schedule: LearningRateSchedule
  private let initialOptimizer: any Optimizer
  var optimizer: any Optimizer
  let random: RandomStream
  /// How convolutions are computed, in training, in validation and for stored features.
  public let convolutionAlgorithm: ConvolutionAlgorithm
  let store: FeatureStore
  private let checkpoint: Checkpoint?
  private let observers: [any TrainingObserver]
  private let isInterrupted: () -> Bool
  var state = State()
  private var best: [String: Tensor] = [:]
  /// Held open, so that no other training makes room by them.
  private var features: [StoredFeatures] = []
  private var lastSave = ContinuousClock.now

  /// Which weights a network has at the end.
  public enum Selection: Sendable, Equatable {
    /// Those of the first epoch with the best value of a metric.
    case best(MonitoredMetric)
    /// Those of the last epoch.
    case last
  }

  /// What is measured besides the validation part after each epoch; each takes a pass over its part.
  public struct Measurements: OptionSet, Sendable {
    /// One bit for each.
    public let rawValue: Int
    /// Takes bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The training part, too, after each epoch, without augmentation: `.training(.accuracy)`.
    public static let trainingPart = Measurements(rawValue: 1)
    /// The network before the first step: ``History/start``.
    public static let start = Measurements(rawValue: 2)
  }

  /// Prepares a training.
  ///
  /// - Parameters:
  ///   - network: what is trained; freeze what shall stay before.
  ///   - loss: what is minimised.
  ///   - metrics: what is measured after each epoch, besides the loss; of different names.
  ///   - measurements: what is measured besides the validation part after each epoch.
  ///   - optimizer: by which rule, and at which rate.
  ///   - schedule: what becomes of that rate from epoch to epoch.
  ///   - random: for what is random in a forward pass.
  ///   - sliceSize: how many samples are computed at a time.
  ///   - convolutionAlgorithm: how convolutions are computed.
  ///   - store: where the features of frozen stages are kept.
  ///   - checkpoint: where the state is saved, and found again; nil to save none.
  ///   - observers: whom to tell.
  ///   - isInterrupted: is asked after every step; if it says so, the state is saved and ``TrainingInterrupted``
  ///     thrown.
  public init(
    _ network: any GraftedNetwork, loss: Loss, metrics: [any Metric] = [],
    measuring measurements: Measurements = [],
    optimizer: any Optimizer,
    schedule: LearningRateSchedule = .constant, random: RandomStream = RandomStream(seed: 0),
    sliceSize: Int = 32, convolutionAlgorithm: ConvolutionAlgorithm = .winograd,
    store: FeatureStore = .standard, checkpoint: URL? = nil,
    observers: [any TrainingObserver] = [], isInterrupted: @escaping () -> Bool = { false }
  ) {
    require(sliceSize > 0, "A slice has at least one sample, not \(sliceSize).")
    self.network = network
    self.loss = loss
    self.metrics = metrics
    self.measurements = measurements
    initialOptimizer = optimizer
    self.optimizer = optimizer
    self.schedule = schedule
    self.random = random
    self.sliceSize = sliceSize
    self.convolutionAlgorithm = convolutionAlgorithm
    self.store = store
    self.checkpoint = checkpoint.map(Checkpoint.init(file:))
    self.observers = observers
    self.isInterrupted = isInterrupted
  }

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

  /// Counts what the network, as it is, makes of a data set, as is done after each epoch and to the same bits.
  ///
  /// - Parameters:
  ///   - emptyCounts: what to count, such as `SegmentationScore()`.
  ///   - dataset: the pictures.
  public func count<Counts: MetricCounts>(_ emptyCounts: Counts, over dataset: Dataset) throws -> Counts {
    var counts = emptyCounts
    let batches = dataset.batches(of: sliceSize)
    try forEachSlice(of: batches, from: source(of: batches)) { counts.add(logits: $0, targets: $1) }
    return counts
  }

  /// Computes what the frozen stages make of a data set, unless it is stored: ``fit(_:validation:until:keep:)``,
  /// which would do it too, then begins with its first step. Does nothing where no stage is frozen.
  ///
  /// - Parameters:
  ///   - dataset: the pictures.
  ///   - kept: earlier stages whose outputs are stored as well, for an encoder that differs in later stages alone.
  public func storeFeatures(of dataset: Dataset, keeping kept: [EncoderStage.Name] = []) throws {
    guard let stage = network.lastCacheableStage else { return }
    _ = try features(of: dataset, through: stage.name, keeping: kept)
  }

  func source(of batches: Batches) throws -> SampleSource {
    let check = TargetCheck(network, ignoring: loss.ignoredClass)
    // What looks different in every epoch cannot be computed once.
    guard batches.augmentation == nil, let stage = network.lastCacheableStage?.name else {
      try SampleSource.checkTargets(of: batches.dataset, check)
      return SampleSource(batches, preprocessing: network.encoder.preprocessing)
    }
    // Before any features: minutes later would be late for a mistake in the data.
    let targets = try SampleSource.targets(of: batches.dataset, check)
    return SampleSource(
      batches, features: try features(of: batches.dataset, through: stage), targets: targets, through: stage,
      preprocessing: network.encoder.preprocessing)
  }

  private func features(
    of dataset: Dataset, through stage: EncoderStage.Name, keeping kept: [EncoderStage.Name] = []
  ) throws -> StoredFeatures {
    var isNew = false
    let found = try store.features(
      of: dataset, by: network.encoder, through: stage, keeping: kept,
      convolutionAlgorithm: convolutionAlgorithm
    ) { done, count in
      isNew = true
      try tell(.features(dataset: dataset.name, done: done, of: count))
      if isInterrupted() { throw TrainingInterrupted(isSaved: done > 0) }
    }
    features.append(found)
    if isNew {
      try tell(
        .featuresKept(
          dataset: dataset.name, computedPictures: found.computedPictures, folder: store.folder,
          byteCount: found.byteCount, limit: store.limit))
    }
    return found
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

  func tell(_ event: TrainingEvent) throws {
    for observer in observers { try observer.observe(event) }
  }
}

/// A training was asked to stop. What was saved of it stays, and the same call goes on from there.
public struct TrainingInterrupted: LocalizedError, CustomStringConvertible {
  /// Whether the same call goes on from here, or begins anew.
  public let isSaved: Bool

  /// For a loop of your own that is interrupted.
  ///
  /// - Parameter isSaved: whether the same call goes on from here.
  public init(isSaved: Bool) { self.isSaved = isSaved }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What to do.
  public var description: String {
    isSaved
      ? "Stopped, and saved. The same command goes on from here."
      : "Stopped. There was nothing to save yet: the same command begins anew."
  }
}

// MARK: Epochs

extension Trainer {
  private func runEpoch(
    of training: Batches, from source: SampleSource, _ identity: TrainingIdentity?
  ) throws {
    optimizer.learningRate = schedule.learningRate(
      from: initialOptimizer.learningRate, after: state.history)
    let batches = training.indices(epoch: state.history.epochs.count)
    let slices = batches.enumerated().dropFirst(state.batch).flatMap { number, indices in
      Slice.slices(of: indices, batch: number, size: sliceSize)
    }
    let epoch = state.history.epochs.count
    let loaded = Prefetcher(slices) { (slice: $0, batch: try source.batch(at: $0.indices, epoch: epoch)) }
    var gradients = ParameterGradients()
    var batchLoss = 0.0
    var began = ContinuousClock.now
    while let (slice, batch) = try loaded.next() {
      batchLoss += try ComputeThread.run { try add(slice, of: batch, source: source, to: &gradients) }
      guard slice.isLast else { continue }
      guard batchLoss.isFinite else {
        throw TrainingDiverged(
          loss: batchLoss, epoch: epoch + 1, batch: slice.batch + 1, learningRate: optimizer.learningRate)
      }
      ComputeThread.run { optimizer.update(network, with: gradients) }
      gradients = ParameterGradients()
      state.lossSum += batchLoss * Double(slice.batchSize)
      state.sampleCount += slice.batchSize
      state.batch = slice.batch + 1
      state.seconds += Double(began.duration(to: .now).seconds)
      began = .now
      try tell(
        .step(
          epoch: state.history.epochs.count + 1, batch: state.batch, of: batches.count,
          samples: slice.batchSize,
          loss: batchLoss))
      batchLoss = 0
      if isInterrupted() {
        try save(identity)
        throw TrainingInterrupted(isSaved: checkpoint != nil)
      }
      if ContinuousClock.now - lastSave > .seconds(60) { try save(identity) }
    }
  }

  /// Adds the gradients of one slice of a batch; the last one brings the penalties.
  private func add(
    _ slice: Slice, of batch: Batch, source: SampleSource, to gradients: inout ParameterGradients
  ) throws -> Double {
    let random = random.child("step", state.history.epochs.count, slice.batch).child("slice", slice.number)
    let step = TrainingStep(random: random, convolutionAlgorithm: convolutionAlgorithm)
    var loss =
      network.loss(loss, of: batch.inputs, after: source.stage, batch.targets, step.context)
      * (Float(slice.indices.count) / Float(slice.batchSize))
    if slice.isLast, let penalty = network.regularization(step.context) { loss = loss + penalty }
    let own = try step.gradients(of: loss)
    gradients.add(own, of: network)
    return Double(loss.scalar)
  }

  private func finishEpoch(
    _ scores: Scores, selection: Selection, _ identity: TrainingIdentity?
  ) throws {
    // Such weights are worth nothing: they go into no history and no checkpoint.
    guard scores.validationLoss.isFinite else {
      throw TrainingDiverged(
        loss: scores.validationLoss, epoch: state.history.epochs.count + 1, batch: nil,
        learningRate: optimizer.learningRate)
    }
    state.seconds += scores.seconds
    let epoch = History.Epoch(
      number: state.history.epochs.count + 1, learningRate: optimizer.learningRate,
      trainingLoss: state.lossSum / Double(state.sampleCount),
      metrics: scores.metrics, seconds: state.seconds - state.secondsBefore)
    var isBest = false
    if case .best(let metric) = selection, let value = epoch[metric] {
      isBest = metric.isBetter(value, than: state.history.best(metric)?[metric])
      if isBest { best = network.trainableState }
    }
    state.beginNextEpoch(after: epoch)
    try save(identity)
    try tell(.epoch(epoch, isBest: isBest, history: state.history))
    if scores.hasCollapsed {
      try tell(
        .warning(
          "Epoch \(epoch.number) gives one class to every validation picture: the network has collapsed. A smaller "
            + "learning rate or a larger batch helps."))
    }
  }
}

// MARK: Saving

extension Trainer {
  func save(_ identity: TrainingIdentity?) throws {
    lastSave = .now
    guard let checkpoint, let identity else { return }
    try checkpoint.write(
      .init(
        identity: identity, state: state, network: network.trainableState, memory: optimizer.memory,
        best: best))
  }

  private func restore(_ identity: TrainingIdentity?) throws {
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
  fileprivate var trainableState: [String: Tensor] {
    let frozen = Set(parameters.filter { !$0.parameter.isTrainable }.map(\.path))
    return state.filter { !frozen.contains($0.key) }
  }

  fileprivate func setTrainable(_ state: [String: Tensor]) {
    for (path, parameter) in parameters { if let value = state[path] { parameter.value = value } }
    for (path, buffer) in buffers { if let value = state[path] { buffer.value = value } }
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
