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
final class FoldedConvolution {
  let convolution: Conv2D
  private let norm: BatchNorm?
  let hasReLU: Bool
  private let made = Mutex<Folded?>(nil)

  private struct Folded: Sendable {
    /// What it was made from. As long as they are held here, whoever writes to a parameter writes to a copy.
    let sources: [Tensor]
    let kernel, bias: Tensor
  }

  init(_ convolution: Conv2D, norm: BatchNorm?, hasReLU: Bool) {
    self.convolution = convolution
    self.norm = norm
    self.hasReLU = hasReLU
  }

  /// Whether a folded kernel is kept, four bytes a scalar and what the compute library made of it.
  var isKept: Bool { made.withLock { $0 != nil } }

  fileprivate func release() { made.withLock { $0 = nil } }

  private var parameters: (kernel: Tensor, bias: Tensor?) {
    guard let norm else { return (convolution.kernel.value, convolution.bias?.value) }
    let sources =
      [convolution.kernel, norm.gamma, norm.beta].map(\.value) + [norm.mean.value, norm.variance.value]
      + (convolution.bias.map { [$0.value] } ?? [])
    return made.withLock { made in
      if let made, zip(made.sources, sources).allSatisfy({ $0.sharesStorage(with: $1) }) {
        return (made.kernel, made.bias)
      }
      let (kernel, bias) = norm.folded(into: sources[0], bias: convolution.bias?.value)
      made = Folded(sources: sources, kernel: kernel, bias: bias)
      return (kernel, bias)
    }
  }

  /// The result, added to `sum` if there is one, which is written if the caller gives it up.
  func callAsFunction(
    _ input: Tensor, addingTo sum: consuming Tensor? = nil, fusedReLU: Bool, _ context: Context
  ) -> Tensor {
    let (kernel, bias) = parameters
    return inferredConvolution2D(
      input, kernel: kernel, bias: bias, strides: convolution.strides, padding: convolution.padding,
      dilations: convolution.dilations, groups: convolution.groups, addingTo: consume sum,
      fusedReLU: fusedReLU, algorithm: context.convolutionAlgorithm, allowsBFloat16: context.allowsBFloat16)
  }
}

extension Module {
  /// Gives up what inference keeps beside the parameters: their copies in the orders of primitives, and folded kernels. The
  /// next pass makes them anew. For a network that has done its part and stays, as a frozen one whose features are kept: of
  /// VGG19 these are 330 MB.
  public func releaseInferenceForms() {
    for (_, parameter) in parameters { parameter.value.releasePackedForms() }
    for case let sequence as Sequential in [self as any Module] + layers.map(\.layer) {
      for case .convolution(let convolution) in sequence.inferenceSteps { convolution.release() }
    }
  }
}
