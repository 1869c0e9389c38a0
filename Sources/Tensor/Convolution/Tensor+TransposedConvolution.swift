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
  let shape = ConvolutionShape(
    input: [input.shape[0], rows.outputLength, columns.outputLength, kernel.shape[2]], kernel: kernel.shape,
    strides: strides,
    padding: .explicit(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after),
    dilations: (1, 1), groups: 1)
  let convolution = ConvolutionPlan(shape, algorithm)
  if input.shape[0] == 0 { return emptyResult(shape.inputShape, of: [input, kernel]) }
  let (x, k) = (input.detached, kernel.asConvolutionKernel())
  let (wantsInput, wantsKernel) = (input.isTracked, kernel.isTracked)
  let enlargement = MapEnlargement(
    input: input.shape, kernel: kernel.shape, strides: strides, padding: padding)
  let result = ComputeThread.run {
    enlargement.map { $0(x, kernel: k) } ?? convolution.inputGradient(of: x, kernel: k)
  }
  return differentiable(result, of: [input, kernel]) { gradient in
    [
      wantsInput
        ? convolution.forward(gradient, kernel: k, bias: nil, fusedReLU: false, training: true).result
        : nil,
      wantsKernel ? convolution.kernelAndBiasGradients(of: x, input: gradient, hasBias: false).kernel : nil,
    ]
  }
}
