import CGraftCompute

/// The geometry of a convolution.
struct ConvolutionGeometry: Hashable, Sendable {
  var batch, groups: Int
  var inputHeight, inputWidth, inputChannels: Int
  var outputHeight, outputWidth, outputChannels: Int
  var kernelHeight, kernelWidth: Int
  var strides, dilations: Pair
  var paddingTop, paddingBottom, paddingLeft, paddingRight: Int
  var algorithm: ConvolutionAlgorithm

  /// Vertical, then horizontal.
  struct Pair: Hashable, Sendable {
    var height, width: Int
  }

  init(
    input: Tensor.Shape, kernel: Tensor.Shape, strides: (Int, Int), padding: Padding, dilations: (Int, Int),
    groups: Int, algorithm: ConvolutionAlgorithm
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
    self.algorithm = algorithm
    // Fewer channels than one vector holds make Winograd's transforms dearer than what they save.
    let isSuitable = isMinimalFiltering && (inputChannels >= 16 || algorithm == .portableWinograd)
    if !isSuitable { self.algorithm = .direct }
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
}

// MARK: Primitives

/// What makes one compiled convolution different from another.
private struct ConvolutionKey: PrimitiveKey {
  var geometry: ConvolutionGeometry
  var direction: UInt32
  var scalarType: ScalarType
  var hasBias: Bool
  var fusedReLU: Bool
  var accumulates: Bool

  var work: PrimitiveWork { geometry.work(of: graft_direction(rawValue: direction)) }
}

extension ConvolutionGeometry {
  /// What one run does, whichever algorithm does it.
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
}

private let convolutions = PrimitiveCache<ConvolutionKey>()

extension ConvolutionGeometry {
  /// The compiled form in the named algorithm, or directly where the library has no other.
  func primitive(
    _ direction: graft_direction, scalarType: ScalarType = .float32, hasBias: Bool = false,
    fusedReLU: Bool = false, accumulates: Bool = false
  ) -> Primitive {
    let found = libraryPrimitive(
      direction, scalarType: scalarType, hasBias: hasBias, fusedReLU: fusedReLU, accumulates: accumulates)
    if let found { return found }
    require(
      algorithm != .direct, "The compute library has no kernel for this: \(work(of: direction).operation).")
    var direct = self
    direct.algorithm = .direct
    return direct.primitive(
      direction, scalarType: scalarType, hasBias: hasBias, fusedReLU: fusedReLU, accumulates: accumulates)
  }

  /// The compiled form in the named algorithm; nil where the library has none.
  private func libraryPrimitive(
    _ direction: graft_direction, scalarType: ScalarType, hasBias: Bool, fusedReLU: Bool, accumulates: Bool
  ) -> Primitive? {
    let key = ConvolutionKey(
      geometry: self, direction: direction.rawValue, scalarType: scalarType, hasBias: hasBias,
      fusedReLU: fusedReLU, accumulates: accumulates)
    var description = description(of: key, direction)
    return convolutions.primitive(for: key) { graft_convolution_create(&description, $0) }
  }

  /// Whether this package's own kernels compute this direction.
  func usesPortableWinograd(
    _ direction: graft_direction, hasBias: Bool = false, fusedReLU: Bool = false
  ) -> Bool {
    switch algorithm {
    case .direct: false
    case .portableWinograd: true
    case .winograd:
      portableWinogradPays(direction)
        && (direction == GRAFT_FORWARD_INFERENCE && inferencePrefersPortableWinograd
          || !libraryHasWinograd(direction, hasBias: hasBias, fusedReLU: fusedReLU))
    case .fastest:
      misused("Which algorithm is the fastest has to be found out first: \(work(of: direction).operation).")
    }
  }

  /// Whether the compute library has Winograd's algorithm for this shape on this processor.
  func libraryHasWinograd(
    _ direction: graft_direction, hasBias: Bool = false, fusedReLU: Bool = false
  ) -> Bool {
    algorithm == .winograd
      && libraryPrimitive(
        direction, scalarType: .float32, hasBias: hasBias, fusedReLU: fusedReLU, accumulates: false) != nil
  }

  private func description(of key: ConvolutionKey, _ direction: graft_direction) -> graft_convolution {
    graft_convolution(
      direction: direction, algorithm: algorithm == .winograd ? GRAFT_WINOGRAD : GRAFT_DIRECT,
      type: key.scalarType.computeType, has_bias: key.hasBias ? 1 : 0,
      accumulates: key.accumulates ? 1 : 0,
      fused_relu: key.fusedReLU ? 1 : 0,
      batch: Int64(batch), groups: Int64(groups),
      input_channels: Int64(inputChannels), input_height: Int64(inputHeight), input_width: Int64(inputWidth),
      output_channels: Int64(outputChannels), output_height: Int64(outputHeight),
      output_width: Int64(outputWidth),
      kernel_height: Int64(kernelHeight), kernel_width: Int64(kernelWidth),
      stride_height: Int64(strides.height), stride_width: Int64(strides.width),
      dilation_height: Int64(dilations.height), dilation_width: Int64(dilations.width),
      padding_top: Int64(paddingTop), padding_left: Int64(paddingLeft),
      padding_bottom: Int64(paddingBottom), padding_right: Int64(paddingRight))
  }
}
