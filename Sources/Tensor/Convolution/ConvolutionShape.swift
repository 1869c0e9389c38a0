import CGraftCompute

/// The sizes of a convolution.
struct ConvolutionShape: Hashable, Sendable {
  var batch, groups: Int
  var inputHeight, inputWidth, inputChannels: Int
  var outputHeight, outputWidth, outputChannels: Int
  var kernelHeight, kernelWidth: Int
  var strides, dilations: Pair
  var paddingTop, paddingBottom, paddingLeft, paddingRight: Int

  /// Vertical, then horizontal.
  struct Pair: Hashable, Sendable {
    var height, width: Int
  }

  init(
    input: Tensor.Shape, kernel: Tensor.Shape, strides: (Int, Int), padding: Padding, dilations: (Int, Int),
    groups: Int
  ) {
    require(input.rank == 4, "A convolution takes images of shape N×H×W×C, not \(input).")
    require(kernel.rank == 4, "A convolution kernel has shape H×W×I×O, not \(kernel).")
    require(
      input.dropFirst().allSatisfy { $0 > 0 } && kernel.scalarCount > 0,
      "There is nothing to convolve in images of shape \(input) with a kernel of shape \(kernel).")
    requireWindows(of: "A convolution", strides: strides, dilations: dilations, padding: padding)
    require(
      groups > 0 && kernel[2] * groups == input[3] && kernel[3] % groups == 0,
      "A kernel of shape \(kernel) with \(groups) groups does not fit images of shape \(input): it wants "
        + "\(kernel[2] * groups) channels.")
    (batch, inputHeight, inputWidth, inputChannels) = (input[0], input[1], input[2], input[3])
    (kernelHeight, kernelWidth, outputChannels) = (kernel[0], kernel[1], kernel[3])
    self.groups = groups
    self.strides = Pair(height: strides.0, width: strides.1)
    self.dilations = Pair(height: dilations.0, width: dilations.1)
    let rows = WindowAxis(
      length: input[1], window: (kernel[0] - 1) * dilations.0 + 1, stride: strides.0,
      padding: padding.vertical)
    let columns = WindowAxis(
      length: input[2], window: (kernel[1] - 1) * dilations.1 + 1, stride: strides.1,
      padding: padding.horizontal)
    (paddingTop, paddingBottom, outputHeight) = (rows.before, rows.after, rows.outputLength)
    (paddingLeft, paddingRight, outputWidth) = (columns.before, columns.after, columns.outputLength)
    require(
      outputHeight > 0 && outputWidth > 0,
      "A kernel of shape \(kernel) does not fit into images of shape \(input) with this padding.")
  }

  /// Whether minimal filtering computes this convolution at all: any size, any padding, any number of channels.
  var isMinimalFiltering: Bool {
    let one = Pair(height: 1, width: 1)
    return kernelHeight == 3 && kernelWidth == 3 && strides == one && dilations == one && groups == 1
  }

  /// Whether this is the product of a matrix with few columns: blocks of channels would be mostly padding.
  var isNarrowProduct: Bool {
    (kernelHeight, kernelWidth) == (1, 1) && (strides.height, strides.width) == (1, 1) && groups == 1
      && outputChannels < 16
      && [paddingTop, paddingBottom, paddingLeft, paddingRight].allSatisfy { $0 == 0 }
  }

  var inputShape: Tensor.Shape { [batch, inputHeight, inputWidth, inputChannels] }
  var outputShape: Tensor.Shape { [batch, outputHeight, outputWidth, outputChannels] }
  var kernelShape: Tensor.Shape { [kernelHeight, kernelWidth, inputChannels / groups, outputChannels] }

  /// The work of one run, whichever algorithm does it.
  func work(of direction: graft_direction) -> PrimitiveWork {
    let direction =
      direction == GRAFT_BACKWARD_DATA
      ? ", backward to the images" : direction == GRAFT_BACKWARD_WEIGHTS ? ", backward to the kernel" : ""
    let products = Double(
      outputShape.scalarCount * kernelHeight * kernelWidth * inputChannels / groups)
    return PrimitiveWork(
      operation:
        "convolution \(kernelHeight)×\(kernelWidth)\(direction), \(inputChannels) to \(outputChannels) "
        + "channels, \(batch)×\(outputHeight)×\(outputWidth)",
      floatingPointOperations: 2 * products)
  }

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
