import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

/// Trains what is not frozen of a network: of any module, or of one with an encoder.
///
/// The output of the leading stages of an encoder that are frozen is computed once for each picture and stored, unless the pictures are
/// augmented and look different in every epoch. A batch is taken in
/// micro-batches whose gradients are added up, so that memory does not grow with the batch. All that a training depends on
/// besides its data is one value, ``State``: with a checkpoint, a training that is killed at any moment resumes to the
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
  let trained: TrainedNetwork
  /// The loss, which is minimised.
  public let loss: Loss
  /// The metrics after each epoch, besides the loss.
  public let metrics: [any Metric]
  /// The measurements besides that of the validation part after each epoch.
  public let measurements: Measurements
  /// The number of samples that are computed at a time.
  public let microBatchSize: Int
  /// The learning rate of each epoch.
  public let schedule: LearningRateSchedule
  let initialOptimizer: any Optimizer
  var optimizer: any Optimizer
  let random: RandomStream
  /// How convolutions are computed, in training, in validation and for stored features.
  public let convolutionAlgorithm: ConvolutionAlgorithm
  let store: FeatureStore
  let checkpoint: Checkpoint?
  private let observers: [any TrainingObserver]
  let isInterrupted: () -> Bool
  var state = State()
  var best: [String: Tensor] = [:]
  /// Held open, so that no other training makes room by them.
  var features: [StoredFeatures] = []
  var lastSave = ContinuousClock.now

  /// Which weights a network has at the end.
  public enum Selection: Sendable, Equatable {
    /// Those of the first epoch with the best value of a metric.
    case best(MonitoredMetric)
    /// Those of the last epoch.
    case last
  }

  /// Measurements besides that of the validation part after each epoch; each takes a pass over its part.
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

  /// Prepares a training of a network with an encoder, whose preprocessing pictures get.
  ///
  /// - Parameters:
  ///   - network: the network; freeze what should not change before.
  ///   - loss: is minimised.
  ///   - metrics: measured after each epoch, besides the loss; of different names.
  ///   - measurements: besides that of the validation part after each epoch.
  ///   - optimizer: for trainings without phases, whose optimizers are their own; Adam at its defaults if not given.
  ///   - schedule: what becomes of its rate from epoch to epoch, likewise.
  ///   - random: for what is random in a forward pass.
  ///   - microBatchSize: the number of samples that are computed at a time.
  ///   - convolutionAlgorithm: how convolutions are computed.
  ///   - store: where the features of frozen stages are kept.
  ///   - checkpoint: where the state is saved, and found again; nil to save none.
  ///   - observers: told what happens.
  ///   - isInterrupted: is asked after every step; if it says so, the state is saved and ``TrainingInterrupted``
  ///     thrown.
  public convenience init(
    _ network: any GraftedNetwork, loss: Loss, metrics: [any Metric] = [],
    measuring measurements: Measurements = [],
    optimizer: any Optimizer = Adam(),
    schedule: LearningRateSchedule = .constant, random: RandomStream = RandomStream(seed: 0),
    microBatchSize: Int = 32, convolutionAlgorithm: ConvolutionAlgorithm = .winograd,
    store: FeatureStore = .standard, checkpoint: URL? = nil,
    observers: [any TrainingObserver] = [], isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.init(
      TrainedNetwork(network), loss, metrics, measurements, optimizer, schedule, random, microBatchSize,
      convolutionAlgorithm, store, checkpoint, observers, isInterrupted)
  }

  /// Prepares a training of any module that turns pictures into logits.
  ///
  /// - Parameters:
  ///   - module: the network; freeze what should not change before.
  ///   - preprocessing: how pictures become its input, N,H,W,3.
  ///   - loss: is minimised.
  ///   - metrics: measured after each epoch, besides the loss; of different names.
  ///   - measurements: besides that of the validation part after each epoch.
  ///   - optimizer: for trainings without phases, whose optimizers are their own; Adam at its defaults if not given.
  ///   - schedule: what becomes of its rate from epoch to epoch, likewise.
  ///   - random: for what is random in a forward pass.
  ///   - microBatchSize: the number of samples that are computed at a time.
  ///   - convolutionAlgorithm: how convolutions are computed.
  ///   - checkpoint: where the state is saved, and found again; nil to save none.
  ///   - observers: told what happens.
  ///   - isInterrupted: is asked after every step; if it says so, the state is saved and ``TrainingInterrupted``
  ///     thrown.
  public convenience init(
    _ module: any Module, preprocessing: Preprocessing, loss: Loss, metrics: [any Metric] = [],
    measuring measurements: Measurements = [],
    optimizer: any Optimizer = Adam(),
    schedule: LearningRateSchedule = .constant, random: RandomStream = RandomStream(seed: 0),
    microBatchSize: Int = 32, convolutionAlgorithm: ConvolutionAlgorithm = .winograd, checkpoint: URL? = nil,
    observers: [any TrainingObserver] = [], isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.init(
      TrainedNetwork(module, preprocessing: preprocessing), loss, metrics, measurements, optimizer, schedule,
      random, microBatchSize, convolutionAlgorithm, .standard, checkpoint, observers, isInterrupted)
  }

  private init(
    _ trained: TrainedNetwork, _ loss: Loss, _ metrics: [any Metric], _ measurements: Measurements,
    _ optimizer: any Optimizer, _ schedule: LearningRateSchedule, _ random: RandomStream,
    _ microBatchSize: Int,
    _ convolutionAlgorithm: ConvolutionAlgorithm, _ store: FeatureStore, _ checkpoint: URL?,
    _ observers: [any TrainingObserver], _ isInterrupted: @escaping () -> Bool
  ) {
    require(microBatchSize > 0, "A micro-batch has at least one sample, not \(microBatchSize).")
    self.trained = trained
    self.loss = loss
    self.metrics = metrics
    self.measurements = measurements
    initialOptimizer = optimizer
    self.optimizer = optimizer
    self.schedule = schedule
    self.random = random
    self.microBatchSize = microBatchSize
    self.convolutionAlgorithm = convolutionAlgorithm
    self.store = store
    self.checkpoint = checkpoint.map(Checkpoint.init(file:))
    self.observers = observers
    self.isInterrupted = isInterrupted
  }

  /// The network that is trained.
  public var network: any Module { trained.module }

  func tell(_ event: TrainingEvent) throws {
    for observer in observers { try observer.observe(event) }
  }
}
