import CGraftCompute

/// Who computes a convolution: for each direction the compute library or this package's own kernels.
struct ConvolutionPlan {
  let shape: ConvolutionShape
  /// Direct where the caller's does not suit the shape.
  private let algorithm: ConvolutionAlgorithm

  init(_ shape: ConvolutionShape, _ algorithm: ConvolutionAlgorithm) {
    self.shape = shape
    // Fewer channels than one vector holds make Winograd's transforms dearer than what they save.
    let isSuitable =
      shape.isMinimalFiltering && (shape.inputChannels >= 16 || algorithm == .portableWinograd)
    self.algorithm = isSuitable ? algorithm : .direct
  }

  /// Computes a direction.
  ///
  /// - Parameters:
  ///   - direction: what is computed.
  ///   - hasBias: whether there is a bias.
  ///   - fusedReLU: whether a ReLU is part of it.
  ///   - kernel: the kernel, whose packed forms are made anew for each step of training, and kept in inference.
  ///   - trial: computes it, which is done several times at the first use of a measured algorithm.
  func executor(
    _ direction: graft_direction, hasBias: Bool = false, fusedReLU: Bool = false, kernel: Tensor?,
    measuring trial: (any ConvolutionExecutor) -> Void
  ) -> any ConvolutionExecutor {
    guard case .measured(let choices) = algorithm else {
      return executor(algorithm, direction, hasBias: hasBias, fusedReLU: fusedReLU)
    }
    let name = shape.name(of: direction)
    let best =
      choices.choice(for: name)
      ?? choices.remember(fastest(direction, hasBias, fusedReLU, kernel, trial), for: name)
    return executor(best, direction, hasBias: hasBias, fusedReLU: fusedReLU)
  }

  /// Whether inference computes in bfloat16 where it may. Winograd's convolutions in float32 are still the faster ones, unless
  /// the images are bfloat16 already; those of pictures gain nothing.
  func infersInBFloat16(_ input: Tensor) -> Bool {
    guard ComputeEnvironment.hasBFloat16 else { return false }
    return input.scalarType == .bfloat16 || algorithm == .direct && shape.inputChannels >= 16
  }

  var libraryInBFloat16: LibraryConvolution {
    LibraryConvolution(shape: shape, usesWinograd: algorithm == .winograd, scalarType: .bfloat16)
  }

  /// By a named algorithm.
  func executor(
    _ algorithm: ConvolutionAlgorithm, _ direction: graft_direction, hasBias: Bool, fusedReLU: Bool
  ) -> any ConvolutionExecutor {
    let (library, portable) = (
      LibraryConvolution(shape: shape, usesWinograd: algorithm == .winograd), PortableWinograd(shape: shape)
    )
    switch algorithm {
    case .direct: return library
    case .portableWinograd: return portable
    case .measured:
      misused(
        "Which algorithm is the fastest has to be measured first: \(shape.work(of: direction).operation).")
    case .winograd:
      let isPortable =
        portable.pays(direction)
        && (direction == GRAFT_FORWARD_INFERENCE && portable.isPreferredInInference
          || !library.hasWinograd(direction, hasBias: hasBias, fusedReLU: fusedReLU))
      return isPortable ? portable : library
    }
  }
}
