import CGraftCompute

/// A convolution as the compute library computes it.
struct LibraryConvolution: ConvolutionExecutor {
  let shape: ConvolutionShape
  /// Whether by Winograd's algorithm, where the library has it.
  let usesWinograd: Bool
  /// The type of a pass in inference.
  var scalarType = ScalarType.float32

  var isPortable: Bool { false }

  /// Everything in which compiled convolutions differ.
  private struct Key: PrimitiveKey {
    var shape: ConvolutionShape
    var usesWinograd: Bool
    var direction: UInt32
    var scalarType: ScalarType
    var hasBias: Bool
    var fusedReLU: Bool
    var accumulates: Bool

    var work: PrimitiveWork { shape.work(of: graft_direction(rawValue: direction)) }
  }

  private static let compiled = PrimitiveCache<Key>()

  /// The compiled form in the named algorithm, or directly where the library has no other.
  func primitive(
    _ direction: graft_direction, scalarType: ScalarType = .float32, hasBias: Bool = false,
    fusedReLU: Bool = false, accumulates: Bool = false
  ) -> Primitive {
    let found = primitiveIfOffered(
      direction, scalarType: scalarType, hasBias: hasBias, fusedReLU: fusedReLU, accumulates: accumulates)
    if let found { return found }
    require(
      usesWinograd,
      "The compute library has no kernel for this: \(shape.work(of: direction).operation).")
    return LibraryConvolution(shape: shape, usesWinograd: false).primitive(
      direction, scalarType: scalarType, hasBias: hasBias, fusedReLU: fusedReLU, accumulates: accumulates)
  }

  /// The compiled form in the named algorithm; nil where the library has none.
  private func primitiveIfOffered(
    _ direction: graft_direction, scalarType: ScalarType, hasBias: Bool, fusedReLU: Bool, accumulates: Bool
  ) -> Primitive? {
    let key = Key(
      shape: shape, usesWinograd: usesWinograd, direction: direction.rawValue, scalarType: scalarType,
      hasBias: hasBias,
      fusedReLU: fusedReLU, accumulates: accumulates)
    var description = description(of: key, direction)
    return Self.compiled.primitive(for: key) { graft_convolution_create(&description, $0) }
  }

  /// Whether the compute library has Winograd's algorithm for this shape on this processor.
  func hasWinograd(
    _ direction: graft_direction, hasBias: Bool = false, fusedReLU: Bool = false
  ) -> Bool {
    usesWinograd
      && primitiveIfOffered(
        direction, scalarType: .float32, hasBias: hasBias, fusedReLU: fusedReLU, accumulates: false) != nil
  }

  private func description(of key: Key, _ direction: graft_direction) -> graft_convolution {
    graft_convolution(
      direction: direction, algorithm: usesWinograd ? GRAFT_WINOGRAD : GRAFT_DIRECT,
      type: key.scalarType.computeType, has_bias: key.hasBias ? 1 : 0,
      accumulates: key.accumulates ? 1 : 0,
      fused_relu: key.fusedReLU ? 1 : 0,
      batch: Int64(shape.batch), groups: Int64(shape.groups),
      input_channels: Int64(shape.inputChannels), input_height: Int64(shape.inputHeight),
      input_width: Int64(shape.inputWidth),
      output_channels: Int64(shape.outputChannels), output_height: Int64(shape.outputHeight),
      output_width: Int64(shape.outputWidth),
      kernel_height: Int64(shape.kernelHeight), kernel_width: Int64(shape.kernelWidth),
      stride_height: Int64(shape.strides.height), stride_width: Int64(shape.strides.width),
      dilation_height: Int64(shape.dilations.height), dilation_width: Int64(shape.dilations.width),
      padding_top: Int64(shape.paddingTop), padding_left: Int64(shape.paddingLeft),
      padding_bottom: Int64(shape.paddingBottom), padding_right: Int64(shape.paddingRight))
  }
}

// MARK: Directions

extension LibraryConvolution {
  func implementation(_ direction: graft_direction) -> String { primitive(direction).implementation }

  func ordered(_ input: Tensor, hasBias: Bool) -> Tensor {
    let layout = primitive(GRAFT_FORWARD_TRAINING, hasBias: hasBias).layout(of: GRAFT_SOURCE)
    return Tensor(
      shape: input.shape, scalarType: .float32, storage: input.storage(in: layout, from: input.imageLayout),
      layout: layout)
  }

  func forward(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool) -> Tensor {
    // The rectifier within most of the library's kernels makes 0 of what is not a number, and a network that has diverged must not look
    // like one that has not.
    let fusesReLU = fusedReLU && !training
    let primitive = primitive(
      training ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE, hasBias: bias != nil, fusedReLU: fusesReLU)
    let result = run(primitive, input, kernel, bias, into: primitive.makeStorage(for: GRAFT_DESTINATION))
    return fusedReLU && !fusesReLU ? relu(result) : result
  }

  func inferred(
    _ input: Tensor, kernel: Tensor, bias: Tensor?, addingTo sum: consuming Tensor?, fusedReLU: Bool
  ) -> Tensor {
    guard let sum = consume sum else {
      let primitive = primitive(
        GRAFT_FORWARD_INFERENCE, scalarType: scalarType, hasBias: bias != nil, fusedReLU: fusedReLU)
      return run(
        primitive, input, kernel, bias, into: primitive.makeStorage(for: GRAFT_DESTINATION),
        scalarType: scalarType)
    }
    let primitive = primitive(
      GRAFT_FORWARD_INFERENCE, scalarType: scalarType, hasBias: bias != nil, fusedReLU: fusedReLU,
      accumulates: true)
    let layout = primitive.layout(of: GRAFT_DESTINATION)
    let current = sum.imageLayout
    let storage = (consume sum).takeStorage()
    guard current.isEqual(to: layout) else {
      let ordered = Storage(byteCount: layout.byteCount)
      reorder(storage, from: current, to: layout, into: ordered)
      return run(primitive, input, kernel, bias, into: ordered, scalarType: scalarType)
    }
    return run(primitive, input, kernel, bias, into: storage, scalarType: scalarType)
  }

  /// Runs a forward pass into memory in the primitive's own order.
  private func run(
    _ primitive: Primitive, _ input: Tensor, _ kernel: Tensor, _ bias: Tensor?, into result: Storage,
    scalarType: ScalarType = .float32
  ) -> Tensor {
    var tensors = [
      (GRAFT_SOURCE, input.storage(in: primitive.layout(of: GRAFT_SOURCE), from: input.imageLayout)),
      (GRAFT_WEIGHTS, kernel.kernelStorage(in: primitive.layout(of: GRAFT_WEIGHTS), groups: shape.groups)),
      (GRAFT_DESTINATION, result),
    ]
    if let bias { tensors.append((GRAFT_BIAS, bias.storage)) }
    primitive.execute(tensors)
    return Tensor(
      shape: shape.outputShape, scalarType: scalarType, storage: result,
      layout: primitive.layout(of: GRAFT_DESTINATION))
  }

  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor {
    let primitive = primitive(GRAFT_BACKWARD_DATA)
    let result = primitive.makeStorage(for: GRAFT_SOURCE_GRADIENT)
    primitive.execute([
      (
        GRAFT_DESTINATION_GRADIENT,
        gradient.storage(in: primitive.layout(of: GRAFT_DESTINATION_GRADIENT), from: gradient.imageLayout)
      ),
      (GRAFT_WEIGHTS, kernel.kernelStorage(in: primitive.layout(of: GRAFT_WEIGHTS), groups: shape.groups)),
      (GRAFT_SOURCE_GRADIENT, result),
    ])
    return Tensor(
      shape: shape.inputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_SOURCE_GRADIENT))
  }

  func kernelAndBiasGradients(of gradient: Tensor, input: Tensor, hasBias: Bool) -> (
    kernel: Tensor, bias: Tensor?
  ) {
    let primitive = primitive(GRAFT_BACKWARD_WEIGHTS, hasBias: hasBias)
    let packed = primitive.makeStorage(for: GRAFT_WEIGHTS_GRADIENT)
    let bias = hasBias ? Tensor(uninitialized: [shape.outputChannels]) : nil
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
    return (kernelGradient(packed, in: primitive.layout(of: GRAFT_WEIGHTS_GRADIENT)), bias)
  }

  /// The gradient of the kernel from elements in the library's order, in which they stay if they can: the next step wants the kernel
  /// in that order.
  private func kernelGradient(_ elements: Storage, in layout: Layout) -> Tensor {
    let plain = Layout.kernel(shape.kernelShape, groups: shape.groups)
    if layout.isEqual(to: plain) {
      return Tensor(shape: shape.kernelShape, scalarType: .float32, storage: elements)
    }
    if shape.groups == 1, let own = layout.ofKernelElements(shape: shape.kernelShape) {
      return Tensor(shape: shape.kernelShape, scalarType: .float32, storage: elements, layout: own)
    }
    let rowMajor = Tensor(uninitialized: shape.kernelShape)
    reorder(elements, from: layout, to: plain, into: rowMajor.storage)
    return rowMajor
  }
}
