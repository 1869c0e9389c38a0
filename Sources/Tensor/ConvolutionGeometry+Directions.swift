import CGraftCompute

extension ConvolutionGeometry {
  /// The input in the order that the forward pass of training wants, which the backward pass then need not make again.
  func ordered(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool) -> Tensor {
    let hasBias = bias != nil
    if algorithm == .fastest {
      let resolved = resolved(GRAFT_FORWARD_TRAINING, kernel: kernel) {
        _ = $0.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: true)
      }
      return resolved.ordered(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU)
    }
    if usesPortableWinograd(GRAFT_FORWARD_TRAINING, hasBias: hasBias, fusedReLU: fusedReLU) {
      return input.rowMajor
    }
    let layout = primitive(GRAFT_FORWARD_TRAINING, hasBias: hasBias).layout(of: GRAFT_SOURCE)
    return Tensor(
      shape: input.shape, scalarType: .float32, storage: input.storage(in: layout, from: input.imageLayout),
      layout: layout)
  }

  func forward(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool) -> Tensor {
    let direction = training ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE
    if algorithm == .fastest {
      return fastest(direction, kernel: kernel) {
        $0.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: training)
      }
    }
    if usesPortableWinograd(direction, hasBias: bias != nil, fusedReLU: fusedReLU) {
      return portableForward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU)
    }
    // The rectifier within most of the library's kernels makes 0 of what is not a number, and a network that has diverged must not look
    // like one that has not.
    let fusesReLU = fusedReLU && !training
    let primitive = primitive(direction, hasBias: bias != nil, fusedReLU: fusesReLU)
    let result = run(primitive, input, kernel, bias, into: primitive.makeStorage(for: GRAFT_DESTINATION))
    return fusedReLU && !fusesReLU ? relu(result) : result
  }

  func run(
    _ primitive: Primitive, _ input: Tensor, _ kernel: Tensor, _ bias: Tensor?, into result: Storage,
    scalarType: ScalarType = .float32
  ) -> Tensor {
    var tensors = [
      (GRAFT_SOURCE, input.storage(in: primitive.layout(of: GRAFT_SOURCE), from: input.imageLayout)),
      (GRAFT_WEIGHTS, kernel.kernelStorage(in: primitive.layout(of: GRAFT_WEIGHTS), groups: groups)),
      (GRAFT_DESTINATION, result),
    ]
    if let bias { tensors.append((GRAFT_BIAS, bias.storage)) }
    primitive.execute(tensors)
    return Tensor(
      shape: outputShape, scalarType: scalarType, storage: result,
      layout: primitive.layout(of: GRAFT_DESTINATION))
  }

  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor {
    if algorithm == .fastest {
      return fastest(GRAFT_BACKWARD_DATA, kernel: kernel) { $0.inputGradient(of: gradient, kernel: kernel) }
    }
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
      (GRAFT_WEIGHTS, kernel.kernelStorage(in: primitive.layout(of: GRAFT_WEIGHTS), groups: groups)),
      (GRAFT_SOURCE_GRADIENT, result),
    ])
    return Tensor(
      shape: inputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_SOURCE_GRADIENT))
  }

  func kernelAndBiasGradients(of gradient: Tensor, input: Tensor, hasBias: Bool) -> (
    kernel: Tensor, bias: Tensor?
  ) {
    if algorithm == .fastest {
      return fastest(GRAFT_BACKWARD_WEIGHTS, kernel: nil) {
        $0.kernelAndBiasGradients(of: gradient, input: input, hasBias: hasBias)
      }
    }
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
    return (kernelGradient(packed, in: primitive.layout(of: GRAFT_WEIGHTS_GRADIENT)), bias)
  }

  /// The gradient of the kernel from elements in the library's order, in which they stay if they can: the next step wants the kernel
  /// in that order.
  private func kernelGradient(_ elements: Storage, in layout: Layout) -> Tensor {
    let plain = Layout.kernel(kernelShape, groups: groups)
    if layout.isEqual(to: plain) {
      return Tensor(shape: kernelShape, scalarType: .float32, storage: elements)
    }
    if groups == 1, let own = layout.ofKernelElements(shape: kernelShape) {
      return Tensor(shape: kernelShape, scalarType: .float32, storage: elements, layout: own)
    }
    let rowMajor = Tensor(uninitialized: kernelShape)
    reorder(elements, from: layout, to: plain, into: rowMajor.storage)
    return rowMajor
  }

  /// The names of the kernels that were chosen for forward, backward data and backward weights.
  var implementations: [String] {
    lazy var images = Tensor(zeros: inputShape)
    lazy var kernel = Tensor(zeros: kernelShape)
    lazy var gradient = Tensor(zeros: outputShape)
    let forward = resolved(GRAFT_FORWARD_TRAINING, kernel: nil) {
      _ = $0.forward(images, kernel: kernel, bias: nil, fusedReLU: false, training: true)
    }
    let backwardData = resolved(GRAFT_BACKWARD_DATA, kernel: nil) {
      _ = $0.inputGradient(of: gradient, kernel: kernel)
    }
    let backwardWeights = resolved(GRAFT_BACKWARD_WEIGHTS, kernel: nil) {
      _ = $0.kernelAndBiasGradients(of: gradient, input: images, hasBias: false)
    }
    return [
      (forward, GRAFT_FORWARD_TRAINING), (backwardData, GRAFT_BACKWARD_DATA),
      (backwardWeights, GRAFT_BACKWARD_WEIGHTS),
    ].map { geometry, direction in
      geometry.usesPortableWinograd(direction)
        ? Self.portableWinogradName : geometry.primitive(direction).implementation
    }
  }
}
