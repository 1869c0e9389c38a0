import GraftDatasets
import GraftFiles
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

extension Trainer {
  /// How far a training has come, without the weights.
  public struct State: Codable, Sendable, Equatable {
    /// The epochs that are done.
    public internal(set) var history = History()
    /// The next batch of the epoch that has begun, from 0.
    public internal(set) var batch = 0
    /// Over the batches of that epoch, each loss times its samples.
    var lossSum = 0.0
    var sampleCount = 0
    /// Spent on training and validation so far, and before the epoch that has begun.
    var seconds = 0.0
    var secondsBefore = 0.0

    mutating func beginNextEpoch(after epoch: History.Epoch) {
      history.epochs.append(epoch)
      (batch, lossSum, sampleCount, secondsBefore) = (0, 0, 0, seconds)
    }
  }

  /// What must be equal for a checkpoint to be gone on with: everything that the bits depend on.
  struct Settings: Codable, Equatable {
    let encoder: String
    let loss, optimizer, schedule: String
    let training, validation: [String]
    let batchSize, sliceSize: Int
    let shuffling: UInt64?
    /// A digest of the weights by which samples are drawn; nil if they are not.
    let drawing: String?
    let augmentation: Augmentation?
    /// Which statistics batch normalisations use, where that is not as usual.
    let batchNorms: String?
    let random: RandomStream
    let algorithm: ConvolutionAlgorithm
    let environment: ComputeEnvironment
    /// Of the parameters that are frozen, which a checkpoint does not hold.
    let frozenDigest: String

    init(trainer: Trainer, optimizer: any Optimizer, training: Batches, validation: Batches) {
      encoder = trainer.network.encoder.architecture
      loss = trainer.loss.name
      self.optimizer = optimizer.summary
      schedule = trainer.schedule.description
      self.training = Self.identity(of: training.dataset)
      self.validation = Self.identity(of: validation.dataset)
      batchSize = training.size
      sliceSize = trainer.sliceSize
      shuffling = training.seed
      drawing = training.weights.map(Self.digest(of:))
      augmentation = training.augmentation
      let behaviours = Set(trainer.network.batchNorms.map(\.layer.behaviour)).map(\.rawValue).sorted()
      batchNorms =
        behaviours.allSatisfy { $0 == BatchNorm.Behaviour.following.rawValue }
        ? nil
        : behaviours.joined(separator: ", ")
      random = trainer.random
      algorithm = trainer.cache.algorithm
      environment = .current
      let frozen = trainer.network.parameters.filter { !$0.parameter.isTrainable }
      frozenDigest = weightsDigest(
        of: Dictionary(uniqueKeysWithValues: frozen.map { ($0.path, $0.parameter.value) }))
    }

    private static func identity(of dataset: any PictureDataset) -> [String] {
      var digest = SHA256()
      for index in 0..<dataset.count { digest.update(dataset.identifier(at: index) + "\n") }
      return [dataset.name, "\(dataset.count)", digest.finalize()]
    }

    private static func digest(of weights: [Double]) -> String {
      var digest = SHA256()
      for weight in weights { digest.update("\(weight)\n") }
      return digest.finalize()
    }

    /// The first thing that differs, for people.
    func difference(from other: Settings) -> String? {
      let pairs: [(String, String, String)] = [
        ("the encoder", encoder, other.encoder), ("the loss", loss, other.loss),
        ("the optimizer", optimizer, other.optimizer),
        ("the learning-rate schedule", schedule, other.schedule),
        ("the training data", "\(training)", "\(other.training)"),
        ("the validation data", "\(validation)", "\(other.validation)"),
        ("the batch size", "\(batchSize)", "\(other.batchSize)"),
        ("the slice size", "\(sliceSize)", "\(other.sliceSize)"),
        ("the shuffling seed", "\(shuffling, default: "none")", "\(other.shuffling, default: "none")"),
        ("the weights of the samples", drawing ?? "none", other.drawing ?? "none"),
        ("the augmentation", "\(augmentation, default: "none")", "\(other.augmentation, default: "none")"),
        (
          "the rule of the batch normalisations", batchNorms ?? BatchNorm.Behaviour.following.rawValue,
          other.batchNorms ?? BatchNorm.Behaviour.following.rawValue
        ),
        ("the random stream", "\(random)", "\(other.random)"),
        ("the convolution algorithm", algorithm.rawValue, other.algorithm.rawValue),
        ("the machine", "\(environment)", "\(other.environment)"),
        ("the frozen weights", frozenDigest, other.frozenDigest),
      ]
      return pairs.first { $0.1 != $0.2 }.map { "\($0.0) was \($0.1) and is now \($0.2)" }
    }
  }
}

/// A part of a batch that is computed at a time.
struct Slice: Sendable {
  let indices: [Int]
  let batch: Int
  let batchSize: Int
  let number: Int
  let isLast: Bool

  static func slices(of indices: [Int], batch: Int, size: Int) -> [Slice] {
    let starts = Array(stride(from: 0, to: indices.count, by: size))
    return starts.enumerated().map { number, start in
      Slice(
        indices: Array(indices[start..<min(start + size, indices.count)]), batch: batch,
        batchSize: indices.count,
        number: number, isLast: number == starts.count - 1)
    }
  }
}
