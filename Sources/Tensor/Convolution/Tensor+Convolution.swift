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
    let shape = ConvolutionShape(
      input: input.shape, kernel: kernel.shape, strides: strides, padding: padding, dilations: dilations,
      groups: groups)
    return convolved(
      input, kernel, bias, ConvolutionPlan(shape, algorithm), fusedReLU: fusedReLU)
  }
}

private func convolved(
  _ input: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ convolution: ConvolutionPlan, fusedReLU: Bool
) -> Tensor {
  let shape = convolution.shape
  shape.requireFitting(bias)
  let inputs = [input, kernel] + (bias.map { [$0] } ?? [])
  if shape.batch == 0 { return emptyResult(shape.outputShape, of: inputs) }
  if shape.isNarrowProduct, input.layout == nil, input.scalarType == .float32 {
    let sums = matrixProduct(
      input.reshaped(to: [input.scalarCount / shape.inputChannels, shape.inputChannels]),
      kernel.reshaped(to: [shape.inputChannels, shape.outputChannels]))
    let shifted = bias.map { sums + $0 } ?? sums
    return (fusedReLU ? relu(shifted) : shifted).reshaped(to: shape.outputShape)
  }
  let k = kernel.asConvolutionKernel(groups: shape.groups)
  let isTraining = inputs.contains(where: \.isTracked)
  let (result, x) = convolution.forward(
    input.detached, kernel: k, bias: bias?.detached, fusedReLU: fusedReLU, training: isTraining)
  guard isTraining else { return result }
  let (wantsInput, wantsKernel) = (input.isTracked, kernel.isTracked || bias?.isTracked == true)
  let hasBias = bias != nil
  return differentiable(result, of: inputs) { arrived in
    let gradient = fusedReLU ? reluGradient(arrived, result: result) : arrived
    let parameters =
      wantsKernel
      ? convolution.kernelAndBiasGradients(of: gradient, input: x, hasBias: hasBias) : nil
    return [
      wantsInput ? convolution.inputGradient(of: gradient, kernel: k) : nil, parameters?.kernel,
      parameters?.bias,
    ]
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
  let shape = ConvolutionShape(
    input: input, kernel: kernel, strides: strides, padding: padding, dilations: (1, 1), groups: 1)
  return ConvolutionPlan(shape, algorithm).implementations
}
