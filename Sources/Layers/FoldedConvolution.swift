import GraftTensor
import Synchronization

extension BatchNorm {
  /// The kernel and the bias of a convolution that computes what it and this layer after it compute in inference: with
  /// s = γ / √(variance + ε) the channels of the kernel are multiplied by s, and the bias becomes β + (bias − mean) · s.
  ///
  /// - Parameters:
  ///   - kernel: of the convolution before this layer; its last axis is that of the channels.
  ///   - bias: of that convolution; zeros if it has none.
  public func folded(into kernel: Tensor, bias: Tensor?) -> (kernel: Tensor, bias: Tensor) {
    require(
      kernel.shape.last == gamma.shape[0],
      "A batch normalisation of \(gamma.shape[0]) channels follows a convolution with a kernel of shape \(kernel.shape)."
    )
    let scale = gamma.value / sqrt(variance.value + epsilon)
    let shift = bias.map { $0 - mean.value } ?? mean.value * -1
    return (kernel * scale, beta.value + shift * scale)
  }
}

/// A convolution with what follows it, for inference: the batch normalisation is part of its kernel and its bias, and the
/// ReLU of the same pass over memory.
struct FoldedConvolution {
  let convolution: Conv2D
  private let norm: BatchNorm?
  let hasReLU: Bool

  private init(_ convolution: Conv2D, norm: BatchNorm?, hasReLU: Bool) {
    self.convolution = convolution
    self.norm = norm
    self.hasReLU = hasReLU
  }

  /// Nil if the convolution ends in a function that is no part of its pass over memory.
  init?(_ convolution: Conv2D) {
    guard convolution.activation == .linear || convolution.activation == .relu else { return nil }
    self.init(convolution, norm: nil, hasReLU: convolution.activation == .relu)
  }

  /// Nil if the normalisation cannot become part of the kernel.
  func followed(by norm: BatchNorm) -> FoldedConvolution? {
    self.norm == nil && !hasReLU ? FoldedConvolution(convolution, norm: norm, hasReLU: false) : nil
  }

  /// Nil if the function cannot be part of the same pass over memory.
  func followed(by activation: Activation) -> FoldedConvolution? {
    guard activation.function == .relu, !hasReLU else { return nil }
    return FoldedConvolution(convolution, norm: norm, hasReLU: true)
  }

  /// The result, added to `sum` if there is one, which is written if the caller gives it up.
  func callAsFunction(
    _ input: Tensor, addingTo sum: consuming Tensor? = nil, fusedReLU: Bool, _ context: Context
  ) -> Tensor {
    let (kernel, bias) =
      norm.map { convolution.foldedKernels.kernel(of: convolution, with: $0) }
      ?? (convolution.kernel.value, convolution.bias?.value)
    return inferredConvolution2D(
      input, kernel: kernel, bias: bias, strides: convolution.strides, padding: convolution.padding,
      dilations: convolution.dilations, groups: convolution.groups, addingTo: consume sum,
      fusedReLU: fusedReLU, algorithm: context.convolutionAlgorithm, allowsBFloat16: context.allowsBFloat16)
  }
}

/// The kernels of a convolution that batch normalisations were folded into: one for each that has followed it.
final class FoldedKernels {
  private struct Folded: Sendable {
    /// The tensors that it was made from. As long as they are held here, writing to a parameter writes to a copy.
    let sources: [Tensor]
    let kernel, bias: Tensor
  }

  private let made = Mutex<[ObjectIdentifier: Folded]>([:])

  /// Whether none is kept. Each takes four bytes a scalar, and what the compute library made of it.
  var isEmpty: Bool { made.withLock { $0.isEmpty } }

  func release() { made.withLock { $0 = [:] } }

  func kernel(of convolution: Conv2D, with norm: BatchNorm) -> (kernel: Tensor, bias: Tensor?) {
    let sources =
      [convolution.kernel, norm.gamma, norm.beta].map(\.value) + [norm.mean.value, norm.variance.value]
      + (convolution.bias.map { [$0.value] } ?? [])
    return made.withLock { made in
      if let known = made[ObjectIdentifier(norm)], known.sources.count == sources.count,
        zip(known.sources, sources).allSatisfy({ $0.sharesStorage(with: $1) })
      {
        return (known.kernel, known.bias)
      }
      let (kernel, bias) = norm.folded(into: sources[0], bias: convolution.bias?.value)
      made[ObjectIdentifier(norm)] = Folded(sources: sources, kernel: kernel, bias: bias)
      return (kernel, bias)
    }
  }
}
