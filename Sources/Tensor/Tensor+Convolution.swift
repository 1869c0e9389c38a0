/// How the border of an image is treated by a convolution or a pooling.
public enum Padding: Hashable, Sendable, Codable {
  /// None: windows lie inside of the image.
  case valid
  /// As much as makes the output ⌈input / stride⌉ long; where that is odd, the extra row and column come after, as in
  /// Keras and TensorFlow (and unlike PyTorch).
  case same
  /// So many rows and columns on each side.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// As many on every side, as PyTorch and Caffe have it.
  public static func symmetric(_ count: Int) -> Padding {
    .explicit(top: count, bottom: count, left: count, right: count)
  }
}

/// How a convolution is computed.
public enum ConvolutionAlgorithm: String, Sendable, Codable, CaseIterable {
  /// Multiplies and adds as the definition says: the same bits for every batch size.
  case direct
  /// Winograd's minimal filtering (Lavin and Gray, 2016, arXiv:1509.09308) for 3×3 kernels with stride 1: 2 to 3.5
  /// times as fast, with an error of 2e-6 to 4e-6 of the largest value; its bits depend on the batch size. By the compute
  /// library where that has it for this shape on this processor (oneDNN before 3.2 with AVX-512), but for inference with
  /// 128 channels and more, for which portable is as fast and prepares its kernels sooner; else portable where that is
  /// faster than direct, else direct.
  case winograd
  /// Winograd's minimal filtering F(4×4, 3×3) of the same paper by kernels of this package, on every processor: always
  /// for 3×3 kernels with stride 1, else direct. It takes the points 0, ±5/8, ±3/2 and infinity, whose error, about 4e-6
  /// of the largest value, is less than half of that of 0, ±1, ±2 and infinity. Its bits depend neither on the number of
  /// threads nor, but for the gradient of the kernel, on the batch size. `winograd` chooses it by itself where it pays;
  /// name it to have the same numbers with every version of the compute library.
  case portableWinograd = "portable-winograd"
  /// Whichever of the three is the fastest for a shape and a direction (in inference with many channels, where `winograd` is
  /// portable, of the two others), measured at the first use on this machine and remembered for the process, or longer by ``ConvolutionChoices/keep(in:)``. Two processes may choose differently, and
  /// then differ in their last bits.
  case fastest
}

// MARK: The operation

/// Convolves images with a kernel (cross-correlation, as all frameworks have it).
///
/// - Parameters:
///   - input: N,H,W,C.
///   - kernel: H,W,I,O, where I is C divided by the groups.
///   - bias: O values, or none.
///   - strides: vertical and horizontal.
///   - padding: what lies around the images, as zeros.
///   - dilations: the distance between neighbouring kernel elements; 1 is a dense kernel.
///   - groups: into how many independent parts the channels are divided; C for a depthwise convolution.
///   - fusedReLU: whether negative results become zero, in the same pass over memory. In inference, where no gradient is
///     asked for, what is not a number may become zero, too.
///   - algorithm: how it is computed; what is not offered for this shape is computed directly.
/// - Returns: N,H′,W′,O; of no images none, as in all operations on images.
public func convolution2D(
  _ input: Tensor, kernel: Tensor, bias: Tensor? = nil, strides: (Int, Int) = (1, 1),
  padding: Padding = .valid,
  dilations: (Int, Int) = (1, 1), groups: Int = 1, fusedReLU: Bool = false,
  algorithm: ConvolutionAlgorithm = .winograd
) -> Tensor {
  ComputeThread.run {
    convolved(
      input, kernel, bias,
      ConvolutionGeometry(
        input: input.shape, kernel: kernel.shape, strides: strides, padding: padding, dilations: dilations,
        groups: groups, algorithm: algorithm), fusedReLU: fusedReLU)
  }
}

private func convolved(
  _ input: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, fusedReLU: Bool
) -> Tensor {
  geometry.requireFitting(bias)
  let inputs = [input, kernel] + (bias.map { [$0] } ?? [])
  if geometry.batch == 0 { return emptyResult(geometry.outputShape, of: inputs) }
  if geometry.isNarrowProduct, input.layout == nil, input.scalarType == .float32 {
    let sums = matrixProduct(
      input.reshaped(to: [input.scalarCount / geometry.inputChannels, geometry.inputChannels]),
      kernel.reshaped(to: [geometry.inputChannels, geometry.outputChannels]))
    let shifted = bias.map { sums + $0 } ?? sums
    return (fusedReLU ? relu(shifted) : shifted).reshaped(to: geometry.outputShape)
  }
  let k = kernel.asConvolutionKernel(groups: geometry.groups)
  let isTraining = inputs.contains(where: \.isTracked)
  let x =
    isTraining
    ? geometry.ordered(input.detached, kernel: k, bias: bias?.detached, fusedReLU: fusedReLU) : input.detached
  let result = geometry.forward(
    x, kernel: k, bias: bias?.detached, fusedReLU: fusedReLU, training: isTraining)
  guard isTraining else { return result }
  let (wantsInput, wantsKernel) = (input.isTracked, kernel.isTracked || bias?.isTracked == true)
  let hasBias = bias != nil
  return differentiable(result, of: inputs) { arrived in
    let gradient = fusedReLU ? reluGradient(arrived, result: result) : arrived
    let parameters =
      wantsKernel
      ? geometry.kernelAndBiasGradients(of: gradient, input: x, hasBias: hasBias) : nil
    return [
      wantsInput ? geometry.inputGradient(of: gradient, kernel: k) : nil, parameters?.kernel,
      parameters?.bias,
    ]
  }
}

extension ConvolutionGeometry {
  /// The kernels read as many values as there are channels, and cannot tell a bias that has fewer.
  func requireFitting(_ bias: Tensor?) {
    guard let bias else { return }
    require(
      bias.scalarType == .float32,
      "A convolution's bias is float32, not \(bias.scalarType): convert it first.")
    require(
      bias.shape == [outputChannels], "A bias of shape \(bias.shape) for \(outputChannels) output channels.")
  }
}

/// The kernels that run for a convolution forward, backward to the input and backward to the kernel.
///
/// Parameters are those of ``convolution2D(_:kernel:bias:strides:padding:dilations:groups:fusedReLU:algorithm:)``.
public func convolutionImplementations(
  input: Tensor.Shape, kernel: Tensor.Shape, strides: (Int, Int) = (1, 1), padding: Padding = .valid,
  algorithm: ConvolutionAlgorithm = .winograd
) -> [String] {
  require(input.scalarCount > 0, "No kernel runs for images of shape \(input).")
  return ConvolutionGeometry(
    input: input, kernel: kernel, strides: strides, padding: padding, dilations: (1, 1), groups: 1,
    algorithm: algorithm
  ).implementations
}

/// Spreads images out: the gradient of a convolution, used as an operation of its own.
///
/// - Parameters:
///   - input: N,H,W,I.
///   - kernel: H,W,O,I, as Keras stores it. Each input value adds its multiple of the kernel, unflipped, to the output
///     at its position times the stride.
///   - strides: vertical and horizontal.
///   - padding: what is cropped. `same` makes the output input × stride long and crops kernel − stride rows and columns,
///     ⌊half⌋ of them before, as Keras does. `valid` crops nothing, and where the kernel is smaller than the stride the
///     output is input × stride long, as in Keras, so that stride − kernel rows and columns of zeros follow the last kernel.
///     `explicit` crops as many as it says of (input − 1) × stride + kernel, as in PyTorch: `.symmetric(0)` has no zeros at
///     the end.
///   - algorithm: how it is computed.
/// - Returns: N,H′,W′,O.
public func transposedConvolution2D(
  _ input: Tensor, kernel: Tensor, strides: (Int, Int) = (1, 1), padding: Padding = .valid,
  algorithm: ConvolutionAlgorithm = .direct
) -> Tensor {
  require(
    input.shape.rank == 4, "A transposed convolution takes images of shape N×H×W×I, not \(input.shape).")
  require(
    kernel.shape.rank == 4 && kernel.shape[3] == input.shape[3],
    "A transposed convolution's kernel has shape H×W×O×I; \(kernel.shape) does not fit images of shape \(input.shape)."
  )
  requireWindows(of: "A transposed convolution", strides: strides, padding: padding)
  let rows = SpreadAxis(
    length: input.shape[1], window: kernel.shape[0], stride: strides.0, cropping: padding.vertical)
  let columns = SpreadAxis(
    length: input.shape[2], window: kernel.shape[1], stride: strides.1, cropping: padding.horizontal)
  require(
    rows.outputLength > 0 && columns.outputLength > 0,
    "This cropping leaves nothing of images of shape \(input.shape).")
  // Seen from its result, this is a convolution with the same kernel, from O channels back to I.
  let geometry = ConvolutionGeometry(
    input: [input.shape[0], rows.outputLength, columns.outputLength, kernel.shape[2]], kernel: kernel.shape,
    strides: strides,
    padding: .explicit(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after),
    dilations: (1, 1), groups: 1, algorithm: algorithm)
  if input.shape[0] == 0 { return emptyResult(geometry.inputShape, of: [input, kernel]) }
  let (x, k) = (input.detached, kernel.asConvolutionKernel())
  let (wantsInput, wantsKernel) = (input.isTracked, kernel.isTracked)
  let enlargement = MapEnlargement(
    input: input.shape, kernel: kernel.shape, strides: strides, padding: padding)
  let result = ComputeThread.run {
    enlargement.map { $0(x, kernel: k) } ?? geometry.inputGradient(of: x, kernel: k)
  }
  return differentiable(result, of: [input, kernel]) { gradient in
    [
      wantsInput
        ? geometry.forward(gradient, kernel: k, bias: nil, fusedReLU: false, training: true) : nil,
      wantsKernel ? geometry.kernelAndBiasGradients(of: x, input: gradient, hasBias: false).kernel : nil,
    ]
  }
}
