import CGraftCompute

extension ConvolutionGeometry {
  /// The input in the order that the forward pass of training wants, which the backward pass then need not make again.
  func ordered(_ input: Tensor, hasBias: Bool, fusedReLU: Bool) -> Tensor {
    if usesPortableWinograd(GRAFT_FORWARD_TRAINING, hasBias: hasBias, fusedReLU: fusedReLU) {
      return input.rowMajor
    }
    let layout = primitive(GRAFT_FORWARD_TRAINING, hasBias: hasBias, fusedReLU: fusedReLU).layout(
      of: GRAFT_SOURCE)
    return Tensor(
      shape: input.shape, scalarType: .float32, storage: input.storage(in: layout, from: input.imageLayout),
      layout: layout)
  }

  func forward(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool) -> Tensor {
    let direction = training ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE
    if usesPortableWinograd(direction, hasBias: bias != nil, fusedReLU: fusedReLU) {
      return portableForward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU)
    }
    let primitive = primitive(direction, hasBias: bias != nil, fusedReLU: fusedReLU)
    return run(primitive, input, kernel, bias, into: primitive.makeStorage(for: GRAFT_DESTINATION))
  }

  func run(
    _ primitive: Primitive, _ input: Tensor, _ kernel: Tensor, _ bias: Tensor?, into result: Storage,
    scalarType: ScalarType = .float32
  ) -> Tensor {
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
      shape: outputShape, scalarType: scalarType, storage: result,
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
