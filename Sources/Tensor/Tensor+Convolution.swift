import CGraftCompute

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
  /// times as fast, with an error of about 2e-6 of the largest value; its bits depend on the batch size. By the compute
  /// library where that has it for this shape on this processor (oneDNN before 3.2 with AVX-512), else portable where
  /// that is faster than direct, else direct.
  case winograd
  /// Winograd's minimal filtering F(4×4, 3×3) of the same paper by kernels of this package, on every processor: always
  /// for 3×3 kernels with stride 1, else direct. It takes the points 0, ±5/8, ±3/2 and infinity, whose error, about 4e-6
  /// of the largest value, is less than half of that of 0, ±1, ±2 and infinity. Its bits depend neither on the number of
  /// threads nor, but for the gradient of the kernel, on the batch size. `winograd` chooses it by itself where it pays;
  /// name it to have the same numbers with every version of the compute library.
  case portableWinograd = "portable-winograd"
}

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
      input.scalarCount > 0 && kernel.scalarCount > 0,
      "There is nothing to convolve in images of shape \(input) with a kernel of shape \(kernel).")
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

  var inputShape: Tensor.Shape { [batch, inputHeight, inputWidth, inputChannels] }
  var outputShape: Tensor.Shape { [batch, outputHeight, outputWidth, outputChannels] }
  var kernelShape: Tensor.Shape { [kernelHeight, kernelWidth, inputChannels / groups, outputChannels] }
}

// MARK: Primitives

/// What makes one compiled convolution different from another.
private struct ConvolutionKey: Hashable, Sendable {
  var geometry: ConvolutionGeometry
  var direction: UInt32
  var scalarType: ScalarType
  var hasBias: Bool
  var fusedReLU: Bool
}

private let convolutions = PrimitiveCache<ConvolutionKey>()

extension ConvolutionGeometry {
  /// The compiled form in the named algorithm, or directly where the library has no other.
  fileprivate func primitive(
    _ direction: graft_direction, scalarType: ScalarType = .float32, hasBias: Bool = false,
    fusedReLU: Bool = false
  ) -> Primitive {
    let found = libraryPrimitive(
      direction, scalarType: scalarType, hasBias: hasBias, fusedReLU: fusedReLU)
    if let found { return found }
    require(algorithm != .direct, "The compute library has no convolution for \(self).")
    var direct = self
    direct.algorithm = .direct
    return direct.primitive(direction, scalarType: scalarType, hasBias: hasBias, fusedReLU: fusedReLU)
  }

  /// The compiled form in the named algorithm; nil where the library has none.
  private func libraryPrimitive(
    _ direction: graft_direction, scalarType: ScalarType, hasBias: Bool, fusedReLU: Bool
  ) -> Primitive? {
    let key = ConvolutionKey(
      geometry: self, direction: direction.rawValue, scalarType: scalarType, hasBias: hasBias,
      fusedReLU: fusedReLU)
    var description = description(of: key, direction)
    return convolutions.primitive(for: key) { graft_convolution_create(&description, $0) }
  }

  /// Whether this package's own kernels compute this direction.
  fileprivate func usesPortableWinograd(
    _ direction: graft_direction, hasBias: Bool = false, fusedReLU: Bool = false
  ) -> Bool {
    switch algorithm {
    case .direct: false
    case .portableWinograd: true
    case .winograd:
      portableWinogradPays(direction)
        && libraryPrimitive(direction, scalarType: .float32, hasBias: hasBias, fusedReLU: fusedReLU) == nil
    }
  }

  private func description(of key: ConvolutionKey, _ direction: graft_direction) -> graft_convolution {
    graft_convolution(
      direction: direction, algorithm: algorithm == .winograd ? GRAFT_WINOGRAD : GRAFT_DIRECT,
      type: key.scalarType.computeType, has_bias: key.hasBias ? 1 : 0, fused_relu: key.fusedReLU ? 1 : 0,
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

  var kernelLayout: Layout { .kernel(kernelShape, groups: groups) }
}

// MARK: The three directions

extension ConvolutionGeometry {
  func forward(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool) -> Tensor {
    let direction = training ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE
    if usesPortableWinograd(direction, hasBias: bias != nil, fusedReLU: fusedReLU) {
      return portableForward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU)
    }
    let primitive = primitive(direction, hasBias: bias != nil, fusedReLU: fusedReLU)
    let result = primitive.makeStorage(for: GRAFT_DESTINATION)
    var tensors = [
      (GRAFT_SOURCE, input.storage(in: primitive.layout(of: GRAFT_SOURCE), from: input.imageLayout)),
      (
        GRAFT_WEIGHTS,
        kernel.storage(in: primitive.layout(of: GRAFT_WEIGHTS), from: kernelLayout, keeping: true)
      ),
      (GRAFT_DESTINATION, result),
    ]
    if let bias { tensors.append((GRAFT_BIAS, bias.storage)) }
    primitive.execute(tensors)
    return Tensor(
      shape: outputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_DESTINATION))
  }

  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor {
    if usesPortableWinograd(GRAFT_BACKWARD_DATA) {
      return portableInputGradient(of: gradient, kernel: kernel)
    }
    let primitive = primitive(GRAFT_BACKWARD_DATA)
    let result = primitive.makeStorage(for: GRAFT_SOURCE_GRADIENT)
    primitive.execute([
      (
        GRAFT_DESTINATION_GRADIENT,
        gradient.storage(in: primitive.layout(of: GRAFT_DESTINATION_GRADIENT), from: gradient.imageLayout)
      ),
      (
        GRAFT_WEIGHTS,
        kernel.storage(in: primitive.layout(of: GRAFT_WEIGHTS), from: kernelLayout, keeping: true)
      ),
      (GRAFT_SOURCE_GRADIENT, result),
    ])
    return Tensor(
      shape: inputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_SOURCE_GRADIENT))
  }

  func kernelAndBiasGradients(of gradient: Tensor, input: Tensor, hasBias: Bool) -> (
    kernel: Tensor, bias: Tensor?
  ) {
    if usesPortableWinograd(GRAFT_BACKWARD_WEIGHTS, hasBias: hasBias) {
      return portableKernelAndBiasGradients(of: gradient, input: input, hasBias: hasBias)
    }
    let primitive = primitive(GRAFT_BACKWARD_WEIGHTS, hasBias: hasBias)
    let packed = primitive.makeStorage(for: GRAFT_WEIGHTS_GRADIENT)
    let bias = hasBias ? Tensor(uninitialized: [outputChannels]) : nil
    var tensors = [
      (GRAFT_SOURCE, input.storage(in: primitive.layout(of: GRAFT_SOURCE), from: input.imageLayout)),
      (
        GRAFT_DESTINATION_GRADIENT,
        gradient.storage(in: primitive.layout(of: GRAFT_DESTINATION_GRADIENT), from: gradient.imageLayout)
      ),
      (GRAFT_WEIGHTS_GRADIENT, packed),
    ]
    if let bias { tensors.append((GRAFT_BIAS_GRADIENT, bias.storage)) }
    primitive.execute(tensors)
    let kernel = Tensor(uninitialized: kernelShape)
    reorder(
      packed, from: primitive.layout(of: GRAFT_WEIGHTS_GRADIENT), to: kernelLayout, into: kernel.storage)
    return (kernel, bias)
  }

  /// The names of the kernels that were chosen for forward, backward data and backward weights.
  var implementations: [String] {
    [GRAFT_FORWARD_TRAINING, GRAFT_BACKWARD_DATA, GRAFT_BACKWARD_WEIGHTS].map {
      usesPortableWinograd($0) ? Self.portableWinogradName : primitive($0).implementation
    }
  }
}

extension Tensor {
  /// A kernel is read as row-major float32, even if it was computed and lies in an image's blocked order.
  fileprivate var asConvolutionKernel: Tensor {
    require(
      scalarType == .float32, "A convolution's kernel is float32, not \(scalarType): convert it first.")
    return detached.rowMajor
  }
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
///   - fusedReLU: whether negative results become zero, in the same pass over memory.
///   - algorithm: how it is computed; what is not offered for this shape is computed directly.
/// - Returns: N,H′,W′,O.
public func convolution2D(
  _ input: Tensor, kernel: Tensor, bias: Tensor? = nil, strides: (Int, Int) = (1, 1),
  padding: Padding = .valid,
  dilations: (Int, Int) = (1, 1), groups: Int = 1, fusedReLU: Bool = false,
  algorithm: ConvolutionAlgorithm = .winograd
) -> Tensor {
  let geometry = ConvolutionGeometry(
    input: input.shape, kernel: kernel.shape, strides: strides, padding: padding, dilations: dilations,
    groups: groups, algorithm: algorithm)
  if let bias {
    require(
      bias.scalarType == .float32,
      "A convolution's bias is float32, not \(bias.scalarType): convert it first.")
    require(
      bias.shape == [kernel.shape[3]], "A bias of shape \(bias.shape) for \(kernel.shape[3]) output channels."
    )
  }
  let (x, k) = (input.detached, kernel.asConvolutionKernel)
  let inputs = [input, kernel] + (bias.map { [$0] } ?? [])
  let isTraining = inputs.contains(where: \.isTracked)
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

/// The kernels that run for a convolution forward, backward to the input and backward to the kernel.
///
/// Parameters are those of ``convolution2D(_:kernel:bias:strides:padding:dilations:groups:fusedReLU:algorithm:)``.
public func convolutionImplementations(
  input: Tensor.Shape, kernel: Tensor.Shape, strides: (Int, Int) = (1, 1), padding: Padding = .valid,
  algorithm: ConvolutionAlgorithm = .winograd
) -> [String] {
  ConvolutionGeometry(
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
///   - padding: `same` makes the output input × stride long and crops kernel − stride rows and columns, ⌊half⌋ of them
///     before, as Keras does; `valid` crops nothing; `explicit` crops as many as it says.
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
  let (x, k) = (input.detached, kernel.asConvolutionKernel)
  let (wantsInput, wantsKernel) = (input.isTracked, kernel.isTracked)
  return differentiable(geometry.inputGradient(of: x, kernel: k), of: [input, kernel]) { gradient in
    [
      wantsInput
        ? geometry.forward(gradient, kernel: k, bias: nil, fusedReLU: false, training: true) : nil,
      wantsKernel ? geometry.kernelAndBiasGradients(of: x, input: gradient, hasBias: false).kernel : nil,
    ]
  }
}
