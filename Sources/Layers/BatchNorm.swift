import GraftTensor

/// Batch normalisation (Ioffe and Szegedy, 2015, arXiv:1502.03167): γ (x − μ) / √(σ² + ε) + β for each channel.
///
/// Input and output N,H,W,C, or any shape whose last axis is that of the channels. Parameters `gamma` (C; ones) and `beta` (C;
/// zeros); buffers `mean` (C; zeros) and `variance` (C; ones), the stored statistics.
///
/// A frozen layer normalises by the stored statistics, in training too; see ``Behaviour`` for other rules.
///
/// ```swift
/// let layer = BatchNorm(channels: 256, epsilon: 1e-5)
/// layer.freeze()
/// ```
public final class BatchNorm: Module {
  /// Which statistics are used in training, and whether the stored ones move. In inference the stored ones always are.
  public enum Behaviour: String, Sendable, Codable, CaseIterable {
    /// Those of the batch, and the stored ones move towards them; the stored ones, which then stay, once `gamma` and
    /// `beta` are frozen: Keras 3 and tf.keras. What fine-tuning on small batches wants.
    case following
    /// Those of the batch, and the stored ones move, whether the parameters are frozen or not: PyTorch's `train()`, and
    /// Keras up to 2.1.2.
    case training
    /// Always the stored ones, which stay: PyTorch's `eval()`.
    case frozen
    /// Those of the batch; the stored ones move until the parameters are frozen: Keras 2.1.4 to 2.2 on TensorFlow 1, in
    /// which a frozen encoder gave other features in training than afterwards.
    ///
    /// The stored ones are means of the batches alone, in which older ones weigh less by the momentum (TensorFlow's
    /// `zero_debias`): the first batch replaces what was stored before, and pretrained statistics are forgotten at once. The
    /// variance is corrected twice, by n / (n − 1) and n / (n − 1 − ε).
    case oldKeras
  }

  /// How the stored statistics move.
  public struct Momentum: Sendable, Hashable {
    /// The share of the old value that stays at each step.
    public let kept: Float
    /// Whether the variance that is stored is the unbiased one.
    public let unbiasedVariance: Bool

    /// stored ← m · stored + (1 − m) · batch, with the biased variance: Keras 3. `m` is 0.99 by default.
    public static func keras(_ kept: Float = 0.99) -> Momentum {
      Momentum(kept: kept, unbiasedVariance: false)
    }
    /// stored ← (1 − m) · stored + m · batch, with the unbiased variance: PyTorch. `m` is 0.1 by default.
    public static func pyTorch(_ taken: Float = 0.1) -> Momentum {
      Momentum(kept: 1 - taken, unbiasedVariance: true)
    }
  }

  /// C factors.
  public let gamma: Parameter
  /// C offsets.
  public let beta: Parameter
  /// The stored means.
  public let mean: Buffer
  /// The stored variances.
  public let variance: Buffer
  /// Epsilon, which is added to the variance.
  public let epsilon: Float
  /// How the stored statistics move.
  public let momentum: Momentum
  /// Which statistics are used in training.
  public var behaviour = Behaviour.following {
    didSet {
      guard behaviour != oldValue else { return }
      newestShare = behaviour == .oldKeras ? Buffer(Tensor(zeros: [1])) : nil
    }
  }
  /// The share that the last batch has in the stored statistics of `oldKeras`; 0 before the first. Nil elsewhere.
  private var newestShare: Buffer?

  /// Whether training computes what inference computes: by the stored statistics, which stay.
  public var usesStoredStatistics: Bool { behaviour == .frozen || (behaviour == .following && isFrozen) }

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - channels: of input and output.
  ///   - epsilon: 1e-3 by default, as in Keras; PyTorch's default is 1e-5.
  ///   - momentum: how the stored statistics move.
  public init(channels: Int, epsilon: Float = 1e-3, momentum: Momentum = .keras()) {
    gamma = Parameter([channels], initializer: .constant(1), random: RandomStream(seed: 0))
    beta = Parameter([channels], initializer: .zeros, random: RandomStream(seed: 0))
    mean = Buffer(Tensor(zeros: [channels]))
    variance = Buffer(Tensor(repeating: 1, shape: [channels]))
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// `gamma`, `beta`, `mean`, `variance`; and `newestShare` where the statistics move as in old Keras, so that a training
  /// that was stopped resumes with it.
  public var members: [Member] {
    let own: [Member] = [
      .parameter("gamma", gamma), .parameter("beta", beta), .buffer("mean", mean),
      .buffer("variance", variance),
    ]
    guard let newestShare, gamma.isTrainable || beta.isTrainable else { return own }
    return own + [.buffer("newestShare", newestShare)]
  }

  /// A normalisation that a convolution before it takes up.
  public var inferencePlan: [InferenceStep] { [InferenceStep(.normalization(self))] }

  /// This layer.
  public var batchNorms: [(path: String, layer: BatchNorm)] { [("", self)] }

  /// Computes a tensor as large as the input; in training the stored statistics may move.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let (gamma, beta) = (context.value(of: gamma), context.value(of: beta))
    guard context.isTraining, !usesStoredStatistics else {
      let result = batchNormalization(
        input, gamma: gamma, beta: beta, mean: mean.value, variance: variance.value, epsilon: epsilon)
      return context.observed(result, of: self)
    }
    let (result, statistics) = batchNormalization(input, gamma: gamma, beta: beta, epsilon: epsilon)
    if statistics.count == 0 { return context.observed(result, of: self) }
    if let newestShare {
      if !isFrozen { storeAsOldKeras(statistics, count: input.scalarCount / gamma.shape[0], newestShare) }
    } else {
      store(statistics)
    }
    return context.observed(result, of: self)
  }

  /// - Parameters:
  ///   - batch: what was measured.
  ///   - count: how many values of each channel there are.
  ///   - newestShare: of the batch before.
  private func storeAsOldKeras(_ batch: BatchStatistics, count: Int, _ newestShare: Buffer) {
    // TensorFlow keeps b ← m · b + (1 − m) · batch, from 0 on, and stores b / (1 − mᵗ). The last batch then has the share
    // (1 − m) / (1 − mᵗ), which follows from the share of the one before.
    let before = newestShare.value.scalars[0]
    let share = before == 0 ? 1 : before / (before + momentum.kept)
    newestShare.value = Tensor(repeating: share, shape: [1])
    // One value of each channel has no unbiased variance.
    let correction = count > 1 ? Float(Double(count) / (Double(count) - 1 - Double(epsilon))) : 1
    let measured = (count > 1 ? batch.unbiasedVariance : batch.variance) * correction
    mean.value = mean.value * (1 - share) + batch.mean * share
    variance.value = variance.value * (1 - share) + measured * share
  }

  private func store(_ batch: BatchStatistics) {
    // One value of each channel has no unbiased variance; PyTorch refuses such a batch, too.
    let measured = momentum.unbiasedVariance ? batch.unbiasedVariance : batch.variance
    mean.value = mean.value * momentum.kept + batch.mean * (1 - momentum.kept)
    variance.value = variance.value * momentum.kept + measured * (1 - momentum.kept)
  }
}
