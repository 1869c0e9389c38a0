import CGraftCompute

/// The statistics of a batch, each channel for itself.
///
/// A layer moves its stored statistics towards these. Keras 3 stores the biased variance, PyTorch and Keras 2 on
/// TensorFlow the unbiased one.
public struct BatchStatistics: Sendable {
  /// The means, C.
  public let mean: Tensor
  /// The biased variances, C: the mean squared distance from the mean.
  public let variance: Tensor
  /// Over how many values of each channel: N·H·W.
  public let count: Int

  /// The unbiased variances, C: the biased ones times n / (n − 1); there have to be two values at least.
  public var unbiasedVariance: Tensor {
    require(count > 1, "One value of each channel has no unbiased variance.")
    return variance * (Float(count) / Float(count - 1))
  }
}

/// Normalises each channel by the batch's own mean and biased variance, for training: γ (x − μ) / √(σ² + ε) + β
/// (Ioffe and Szegedy, 2015, arXiv:1502.03167).
///
/// Gradients flow through the statistics, too; those that are returned are not on the tape.
///
/// - Parameters:
///   - input: N,H,W,C, or any shape whose last axis is that of the channels.
///   - gamma: C factors; 1 by default.
///   - beta: C offsets; 0 by default.
///   - epsilon: what is added to the variance.
/// - Returns: the result, as large as the input, and the statistics for a layer to keep; those of an empty batch are of
///   0 values, which a layer does not move its own towards.
public func batchNormalization(
  _ input: Tensor, gamma: Tensor? = nil, beta: Tensor? = nil, epsilon: Float
) -> (result: Tensor, statistics: BatchStatistics) {
  let normalization = Normalization(input, gamma: gamma, beta: beta, epsilon: epsilon)
  if input.scalarCount == 0 { return normalization.ofNothing(input, gamma, beta) }
  let x = input.detached
  let (result, statistics) = normalization.training(x)
  let recorded = normalization.recorded(result, input, gamma, beta) { gradient in
    normalization.gradients(gradient, x, mean: statistics.mean, variance: statistics.variance, stored: false)
  }
  return (recorded, statistics)
}

/// Normalises each channel by stored statistics, for inference and for layers that are frozen in training:
/// γ (x − μ) / √(σ² + ε) + β.
///
/// - Parameters:
///   - input: N,H,W,C, or any shape whose last axis is that of the channels.
///   - gamma: C factors; 1 by default.
///   - beta: C offsets; 0 by default.
///   - mean: C stored means; they get no gradient.
///   - variance: C stored variances; they get no gradient.
///   - epsilon: what is added to the variance.
/// - Returns: as large as the input.
public func batchNormalization(
  _ input: Tensor, gamma: Tensor? = nil, beta: Tensor? = nil, mean: Tensor, variance: Tensor, epsilon: Float
) -> Tensor {
  require(
    !mean.isTracked && !variance.isTracked,
    "Stored statistics have no gradient: give batch normalisation their detached values.")
  let normalization = Normalization(
    input, gamma: gamma, beta: beta, mean: mean, variance: variance, epsilon: epsilon)
  if input.scalarCount == 0 { return normalization.ofNothing(input, gamma, beta).result }
  let x = input.detached
  let result = normalization.inference(x, mean: mean, variance: variance)
  guard gamma?.isTracked == true || beta?.isTracked == true else {
    // A frozen layer's gradient is scaled as its input was, and needs no x, which is not kept for nothing.
    let scaling = normalization.withoutShift
    let origin = Tensor(zeros: mean.shape)
    return differentiable(result, of: [input]) {
      [scaling.inference($0, mean: origin, variance: variance)]
    }
  }
  return normalization.recorded(result, input, gamma, beta) { gradient in
    normalization.gradients(gradient, x, mean: mean, variance: variance, stored: true)
  }
}

private struct NormalizationKey: PrimitiveKey {
  let direction: UInt32
  let usesStoredStatistics: Bool
  let epsilon: Float
  let layout: LayoutIdentity

  var work: PrimitiveWork {
    let direction = direction == GRAFT_BACKWARD_DATA.rawValue ? ", backward" : ""
    return PrimitiveWork(operation: "batch normalisation\(direction), \(layout.layout.byteCount >> 10) KiB")
  }
}

private let normalizations = PrimitiveCache<NormalizationKey>()

/// The normalisation of tensors of one shape.
private struct Normalization: Sendable {
  private let shape: Tensor.Shape
  private let channels: Int
  private let gamma, beta: Tensor
  private let epsilon: Float

  init(
    _ input: Tensor, gamma: Tensor?, beta: Tensor?, mean: Tensor? = nil, variance: Tensor? = nil,
    epsilon: Float
  ) {
    require(
      input.scalarType == .float32,
      "Batch normalisation is computed in float32, not \(input.scalarType): convert first.")
    require(input.shape.rank >= 2, "Batch normalisation takes N×…×C, not a tensor of shape \(input.shape).")
    let channels = input.shape[input.shape.rank - 1]
    for (name, parameter) in [("gamma", gamma), ("beta", beta), ("mean", mean), ("variance", variance)] {
      guard let parameter else { continue }
      require(
        parameter.shape == [channels],
        "Batch normalisation's \(name) has shape \(parameter.shape), and the input \(input.shape) has "
          + "\(channels) channels.")
      require(
        parameter.scalarType == .float32,
        "Batch normalisation's \(name) is float32, not \(parameter.scalarType): convert it first.")
    }
    self.init(
      shape: input.shape, channels: channels,
      gamma: gamma?.detached ?? Tensor(repeating: 1, shape: [channels]),
      beta: beta?.detached ?? Tensor(zeros: [channels]), epsilon: epsilon)
  }

  private init(shape: Tensor.Shape, channels: Int, gamma: Tensor, beta: Tensor, epsilon: Float) {
    self.shape = shape
    self.channels = channels
    self.gamma = gamma
    self.beta = beta
    self.epsilon = epsilon
  }

  var withoutShift: Normalization {
    Normalization(
      shape: shape, channels: channels, gamma: gamma, beta: Tensor(zeros: [channels]), epsilon: epsilon)
  }

  /// The library sees every tensor as images; where there are none, each row is one of a single pixel.
  private func imageLayout(of x: Tensor) -> Layout {
    if let layout = x.layout { return layout }
    let rows = shape.scalarCount / channels
    return .image(shape.rank == 4 ? shape : [rows, 1, 1, channels])
  }

  private func primitive(_ direction: graft_direction, usesStoredStatistics: Bool, layout: Layout)
    -> Primitive
  {
    let key = NormalizationKey(
      direction: direction.rawValue, usesStoredStatistics: usesStoredStatistics, epsilon: epsilon,
      layout: LayoutIdentity(layout: layout))
    let primitive = normalizations.primitive(for: key) { primitive in
      layout.withHandle {
        graft_normalization_create(direction, usesStoredStatistics ? 1 : 0, epsilon, $0, primitive)
      }
    }
    guard let primitive else {
      misused("The compute library cannot normalise a batch of shape \(shape).")
    }
    return primitive
  }

  func training(_ x: Tensor) -> (result: Tensor, statistics: BatchStatistics) {
    let primitive = primitive(
      GRAFT_FORWARD_TRAINING, usesStoredStatistics: false, layout: imageLayout(of: x))
    let (mean, variance) = (Tensor(uninitialized: [channels]), Tensor(uninitialized: [channels]))
    let result = Storage(byteCount: x.storage.byteCount)
    primitive.execute([
      (GRAFT_SOURCE, x.storage), (GRAFT_SCALE, gamma.storage), (GRAFT_SHIFT, beta.storage),
      (GRAFT_MEAN, mean.storage), (GRAFT_VARIANCE, variance.storage), (GRAFT_DESTINATION, result),
    ])
    let statistics = BatchStatistics(mean: mean, variance: variance, count: shape.scalarCount / channels)
    return (Tensor(shape: shape, scalarType: .float32, storage: result, layout: x.layout), statistics)
  }

  func inference(_ x: Tensor, mean: Tensor, variance: Tensor) -> Tensor {
    let primitive = primitive(
      GRAFT_FORWARD_INFERENCE, usesStoredStatistics: true, layout: imageLayout(of: x))
    let result = Storage(byteCount: x.storage.byteCount)
    primitive.execute([
      (GRAFT_SOURCE, x.storage), (GRAFT_SCALE, gamma.storage), (GRAFT_SHIFT, beta.storage),
      (GRAFT_MEAN, mean.storage), (GRAFT_VARIANCE, variance.storage), (GRAFT_DESTINATION, result),
    ])
    return Tensor(shape: shape, scalarType: .float32, storage: result, layout: x.layout)
  }

  /// The gradients of the input, of γ and of β; those of `stored` statistics do not flow into the input.
  func gradients(_ gradient: Tensor, _ x: Tensor, mean: Tensor, variance: Tensor, stored: Bool)
    -> (input: Tensor, gamma: Tensor, beta: Tensor)
  {
    let order = imageLayout(of: x)
    let primitive = primitive(GRAFT_BACKWARD_DATA, usesStoredStatistics: stored, layout: order)
    let arrived = gradient.storage(in: order, from: imageLayout(of: gradient))
    let (gammaGradient, betaGradient) = (
      Tensor(uninitialized: [channels]), Tensor(uninitialized: [channels])
    )
    let result = Storage(byteCount: x.storage.byteCount)
    primitive.execute([
      (GRAFT_SOURCE, x.storage), (GRAFT_MEAN, mean.storage), (GRAFT_VARIANCE, variance.storage),
      (GRAFT_SCALE, gamma.storage), (GRAFT_SHIFT, beta.storage),
      (GRAFT_DESTINATION_GRADIENT, arrived), (GRAFT_SOURCE_GRADIENT, result),
      (GRAFT_SCALE_GRADIENT, gammaGradient.storage), (GRAFT_SHIFT_GRADIENT, betaGradient.storage),
    ])
    let inputGradient = Tensor(shape: shape, scalarType: .float32, storage: result, layout: x.layout)
    return (inputGradient, gammaGradient, betaGradient)
  }

  /// The statistics of an empty batch.
  func ofNothing(_ input: Tensor, _ gamma: Tensor?, _ beta: Tensor?) -> (
    result: Tensor, statistics: BatchStatistics
  ) {
    let none = Tensor(zeros: [channels])
    return (
      emptyResult(shape, of: [input] + [gamma, beta].compactMap(\.self)),
      BatchStatistics(mean: none, variance: none, count: 0)
    )
  }

  func recorded(
    _ result: Tensor, _ input: Tensor, _ gamma: Tensor?, _ beta: Tensor?,
    gradients: @escaping @Sendable (Tensor) -> (input: Tensor, gamma: Tensor, beta: Tensor)
  ) -> Tensor {
    let (hasGamma, hasBeta) = (gamma != nil, beta != nil)
    return differentiable(result, of: [input] + [gamma, beta].compactMap(\.self)) { arrived in
      let all = gradients(arrived)
      return [all.input] + (hasGamma ? [all.gamma] : []) + (hasBeta ? [all.beta] : [])
    }
  }
}
