import CGraftCompute

/// A convolution and how it is computed: hands each direction to the one that computes it.
struct Convolution: Sendable {
  let shape: ConvolutionShape
  private(set) var algorithm: ConvolutionAlgorithm
  /// Where it is remembered which algorithm is the fastest; needed for that one only.
  let choices: ConvolutionChoices?

  init(_ shape: ConvolutionShape, algorithm: ConvolutionAlgorithm, choices: ConvolutionChoices?) {
    self.shape = shape
    self.choices = choices
    // Fewer channels than one vector holds make Winograd's transforms dearer than what they save.
    let isSuitable =
      shape.isMinimalFiltering && (shape.inputChannels >= 16 || algorithm == .portableWinograd)
    self.algorithm = isSuitable ? algorithm : .direct
    require(
      self.algorithm != .fastest || choices != nil,
      "Which algorithm is the fastest is measured once and remembered: pass ConvolutionChoices() along with .fastest."
    )
  }

  /// The same by another algorithm.
  func by(_ algorithm: ConvolutionAlgorithm) -> Convolution {
    var other = self
    other.algorithm = algorithm
    return other
  }

  /// As the compute library computes it.
  var byLibrary: LibraryConvolution { LibraryConvolution(shape: shape, algorithm: algorithm) }
  /// As this package's own kernels compute it.
  var byPortableWinograd: PortableWinograd { PortableWinograd(shape: shape) }

  /// Whether this package's own kernels compute this direction.
  func usesPortableWinograd(
    _ direction: graft_direction, hasBias: Bool = false, fusedReLU: Bool = false
  ) -> Bool {
    switch algorithm {
    case .direct: false
    case .portableWinograd: true
    case .winograd:
      byPortableWinograd.pays(direction)
        && (direction == GRAFT_FORWARD_INFERENCE && byPortableWinograd.isPreferredInInference
          || !byLibrary.hasWinograd(direction, hasBias: hasBias, fusedReLU: fusedReLU))
    case .fastest:
      misused(
        "Which algorithm is the fastest has to be found out first: \(shape.work(of: direction).operation).")
    }
  }
}

// MARK: Directions

extension Convolution {
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
    let layout = byLibrary.primitive(GRAFT_FORWARD_TRAINING, hasBias: hasBias).layout(of: GRAFT_SOURCE)
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
      return byPortableWinograd.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU)
    }
    return byLibrary.forward(
      input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: training)
  }

  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor {
    if algorithm == .fastest {
      return fastest(GRAFT_BACKWARD_DATA, kernel: kernel) { $0.inputGradient(of: gradient, kernel: kernel) }
    }
    if usesPortableWinograd(GRAFT_BACKWARD_DATA) {
      return byPortableWinograd.inputGradient(of: gradient, kernel: kernel)
    }
    return byLibrary.inputGradient(of: gradient, kernel: kernel)
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
      return byPortableWinograd.kernelAndBiasGradients(of: gradient, input: input, hasBias: hasBias)
    }
    return byLibrary.kernelAndBiasGradients(of: gradient, input: input, hasBias: hasBias)
  }

  /// The names of the kernels that were chosen for forward, backward data and backward weights.
  var implementations: [String] {
    lazy var images = Tensor(zeros: shape.inputShape)
    lazy var kernel = Tensor(zeros: shape.kernelShape)
    lazy var gradient = Tensor(zeros: shape.outputShape)
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
    ].map { convolution, direction in
      convolution.usesPortableWinograd(direction)
        ? PortableWinograd.implementation : convolution.byLibrary.primitive(direction).implementation
    }
  }
}
