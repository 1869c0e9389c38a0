import CGraftKernels

/// What batch normalisation measured of a batch, each channel for itself.
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
/// - Returns: the result, as large as the input, and the statistics for a layer to keep.
public func batchNormalization(
  _ input: Tensor, gamma: Tensor? = nil, beta: Tensor? = nil, epsilon: Float
) -> (result: Tensor, statistics: BatchStatistics) {
  let extents = ChannelExtents(input, gamma: gamma, beta: beta)
  require(extents.pixels > 0, "A batch of shape \(input.shape) has no statistics.")
  let x = input.detached.rowMajor
  let statistics = extents.statistics(of: x)
  let normalization = Normalization(
    extents, mean: statistics.mean, variance: statistics.variance, gamma: gamma, beta: beta, epsilon: epsilon)
  let result = normalization.recorded(input, x, gamma, beta) { gradient, sums in
    // The batch's mean and variance depend on x as well: γ/σ (g − mean g − x̂ · mean g x̂).
    let scale = normalization.scale
    let variances = normalization.deviation * normalization.deviation
    return extents.backward(
      gradient, x, mean: statistics.mean, scale: scale,
      slope: scale * sums.product / variances * (-1 / Float(extents.pixels)),
      offset: scale * sums.gradient * (-1 / Float(extents.pixels)))
  }
  return (result, statistics)
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
  let extents = ChannelExtents(input, gamma: gamma, beta: beta, mean: mean, variance: variance)
  let normalization = Normalization(
    extents, mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon)
  let (x, scale) = (input.detached.rowMajor, normalization.scale)
  guard gamma?.isTracked == true || beta?.isTracked == true else {
    // A frozen layer's gradient needs no x, which is not kept for nothing.
    return differentiable(normalization.result(of: x), of: [input]) { [$0 * scale] }
  }
  return normalization.recorded(input, x, gamma, beta) { gradient, _ in gradient * scale
  }
}

/// One normalisation whose statistics are known.
private struct Normalization: Sendable {
  let extents: ChannelExtents
  let mean, deviation, scale, offset: Tensor

  init(
    _ extents: ChannelExtents, mean: Tensor, variance: Tensor, gamma: Tensor?, beta: Tensor?, epsilon: Float
  ) {
    self.extents = extents
    self.mean = mean
    deviation = sqrt(variance + epsilon)
    scale = (gamma?.detached ?? Tensor(repeating: 1, shape: mean.shape)) / deviation
    offset = beta?.detached ?? Tensor(zeros: mean.shape)
  }

  func result(of x: Tensor) -> Tensor {
    extents.normalized(x, mean: mean, scale: scale, offset: offset)
  }

  /// The result for `x`, the input's values in row-major order, with the gradients of γ and β; `inputGradient` turns the arrived gradient and its sums into the
  /// input's.
  func recorded(
    _ input: Tensor, _ x: Tensor, _ gamma: Tensor?, _ beta: Tensor?,
    inputGradient: @escaping @Sendable (Tensor, (gradient: Tensor, product: Tensor)) -> Tensor
  ) -> Tensor {
    let wantsInput = input.isTracked
    let (hasGamma, hasBeta) = (gamma != nil, beta != nil)
    return differentiable(result(of: x), of: [input] + [gamma, beta].compactMap(\.self)) { arrived in
      let gradient = arrived.rowMajor
      let sums = extents.gradientSums(gradient, x, mean: mean)
      var gradients = [wantsInput ? inputGradient(gradient, sums) : nil]
      if hasGamma { gradients.append(sums.product / deviation) }
      if hasBeta { gradients.append(sums.gradient) }
      return gradients
    }
  }
}

/// A tensor as pixels of channels, and the loops over them.
private struct ChannelExtents: Sendable {
  let shape: Tensor.Shape
  let pixels, channels: Int

  init(_ input: Tensor, gamma: Tensor?, beta: Tensor?, mean: Tensor? = nil, variance: Tensor? = nil) {
    require(
      input.scalarType == .float32,
      "Batch normalisation is computed in float32, not \(input.scalarType): convert first.")
    require(input.shape.rank >= 2, "Batch normalisation takes N×…×C, not a tensor of shape \(input.shape).")
    shape = input.shape
    channels = shape[shape.rank - 1]
    pixels = shape.dropLast().reduce(1, *)
    for (name, parameter) in [("gamma", gamma), ("beta", beta), ("mean", mean), ("variance", variance)] {
      guard let parameter else { continue }
      require(
        parameter.shape == [channels],
        "Batch normalisation's \(name) has shape \(parameter.shape), and the input \(shape) has \(channels) channels."
      )
      require(
        parameter.scalarType == .float32,
        "Batch normalisation's \(name) is float32, not \(parameter.scalarType): convert it first.")
    }
  }

  func statistics(of x: Tensor) -> BatchStatistics {
    var variance = Tensor(zeros: [channels])
    let mean = Tensor(shape: [channels]) { mean in
      variance.withUnsafeMutableScalars { variance in
        x.withUnsafeScalars {
          graft_channel_statistics(
            Int64(pixels), Int64(channels), $0.baseAddress, mean.baseAddress, variance.baseAddress)
        }
      }
    }
    return BatchStatistics(mean: mean, variance: variance, count: pixels)
  }

  func normalized(_ x: Tensor, mean: Tensor, scale: Tensor, offset: Tensor) -> Tensor {
    Tensor(shape: shape) { result in
      withScalars(x, mean, scale, offset) {
        graft_normalize_channels(
          Int64(pixels), Int64(channels), $0[0], $0[1], $0[2], $0[3], result.baseAddress)
      }
    }
  }

  /// Each channel's sum of the gradient, and of the gradient times x − μ.
  func gradientSums(_ gradient: Tensor, _ x: Tensor, mean: Tensor) -> (gradient: Tensor, product: Tensor) {
    var product = Tensor(zeros: [channels])
    let sum = Tensor(shape: [channels]) { sum in
      product.withUnsafeMutableScalars { product in
        withScalars(gradient, x, mean) {
          graft_channel_gradient_sums(
            Int64(pixels), Int64(channels), $0[0], $0[1], $0[2], sum.baseAddress, product.baseAddress)
        }
      }
    }
    return (sum, product)
  }

  /// gradient · scale + (x − μ) · slope + offset.
  func backward(
    _ gradient: Tensor, _ x: Tensor, mean: Tensor, scale: Tensor, slope: Tensor, offset: Tensor
  ) -> Tensor {
    Tensor(shape: shape) { result in
      withScalars(gradient, x, mean, scale, slope, offset) {
        graft_normalize_channels_backward(
          Int64(pixels), Int64(channels), $0[0], $0[1], $0[2], $0[3], $0[4], $0[5], result.baseAddress)
      }
    }
  }
}

/// Calls `body` with the addresses of several tensors' scalars, in row-major order.
private func withScalars(_ tensors: Tensor..., body: ([UnsafePointer<Float>?]) -> Void) {
  func collect(_ rest: ArraySlice<Tensor>, _ addresses: [UnsafePointer<Float>?]) {
    guard let first = rest.first else { return body(addresses) }
    first.withUnsafeScalars { collect(rest.dropFirst(), addresses + [$0.baseAddress]) }
  }
  collect(tensors[...], [])
}
