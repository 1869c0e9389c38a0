import CGraftCompute

extension ConvolutionPlan {
  /// A forward pass, and for training the input in the order that the backward pass wants.
  func forward(
    _ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool
  ) -> (result: Tensor, input: Tensor) {
    let direction = training ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE
    func run(_ executor: any ConvolutionExecutor, _ input: Tensor) -> Tensor {
      executor.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: training)
    }
    let executor = executor(direction, hasBias: bias != nil, fusedReLU: fusedReLU, kernel: kernel) {
      _ = run($0, input)
    }
    let ordered = training ? executor.ordered(input, hasBias: bias != nil) : input
    return (run(executor, ordered), ordered)
  }

  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor {
    func run(_ executor: any ConvolutionExecutor) -> Tensor {
      executor.inputGradient(of: gradient, kernel: kernel)
    }
    return run(executor(GRAFT_BACKWARD_DATA, kernel: kernel) { _ = run($0) })
  }

  func kernelAndBiasGradients(
    of gradient: Tensor, input: Tensor, hasBias: Bool
  ) -> (kernel: Tensor, bias: Tensor?) {
    func run(_ executor: any ConvolutionExecutor) -> (kernel: Tensor, bias: Tensor?) {
      executor.kernelAndBiasGradients(of: gradient, input: input, hasBias: hasBias)
    }
    return run(executor(GRAFT_BACKWARD_WEIGHTS, hasBias: hasBias, kernel: nil) { _ = run($0) })
  }

  /// For inference: adds to `sum`, if there is one, in its own memory if nobody else holds it.
  func inferred(
    _ input: Tensor, kernel: Tensor, bias: Tensor?, addingTo sum: consuming Tensor?, fusedReLU: Bool,
    allowsBFloat16: Bool
  ) -> Tensor {
    if allowsBFloat16, infersInBFloat16(input) {
      return libraryInBFloat16.inferred(
        input, kernel: kernel, bias: bias, addingTo: consume sum, fusedReLU: fusedReLU)
    }
    let executor = executor(
      GRAFT_FORWARD_INFERENCE, hasBias: bias != nil, fusedReLU: fusedReLU, kernel: kernel
    ) {
      _ = $0.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: false)
    }
    return executor.inferred(
      input, kernel: kernel, bias: bias, addingTo: consume sum, fusedReLU: fusedReLU)
  }

  /// The names of the kernels that were chosen for forward, backward data and backward weights.
  var implementations: [String] {
    lazy var images = Tensor(zeros: shape.inputShape)
    lazy var kernel = Tensor(zeros: shape.kernelShape)
    lazy var gradient = Tensor(zeros: shape.outputShape)
    let forward = executor(GRAFT_FORWARD_TRAINING, kernel: nil) {
      _ = $0.forward(images, kernel: kernel, bias: nil, fusedReLU: false, training: true)
    }
    let backwardData = executor(GRAFT_BACKWARD_DATA, kernel: nil) {
      _ = $0.inputGradient(of: gradient, kernel: kernel)
    }
    let backwardWeights = executor(GRAFT_BACKWARD_WEIGHTS, kernel: nil) {
      _ = $0.kernelAndBiasGradients(of: gradient, input: images, hasBias: false)
    }
    return [
      forward.implementation(GRAFT_FORWARD_TRAINING), backwardData.implementation(GRAFT_BACKWARD_DATA),
      backwardWeights.implementation(GRAFT_BACKWARD_WEIGHTS),
    ]
  }
}
