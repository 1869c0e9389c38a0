import CGraftCompute
import Synchronization

extension ConvolutionPlan {
  /// The algorithm that takes the shortest time for a direction.
  func fastest(
    _ direction: graft_direction, _ hasBias: Bool, _ fusedReLU: Bool, _ kernel: Tensor?,
    _ trial: (any ConvolutionExecutor) -> Void
  ) -> ConvolutionAlgorithm {
    let forms = kernel?.storage.packed.withLock { $0 } ?? []
    let times = candidates(direction).map { algorithm in
      let executor = executor(algorithm, direction, hasBias: hasBias, fusedReLU: fusedReLU)
      return (
        algorithm: algorithm,
        seconds: Self.seconds(of: { trial(executor) }, keeping: direction == GRAFT_FORWARD_INFERENCE, kernel)
      )
    }
    kernel?.storage.packed.withLock { $0 = forms }
    return times.min { $0.seconds < $1.seconds }?.algorithm ?? .direct
  }

  private func candidates(_ direction: graft_direction) -> [ConvolutionAlgorithm] {
    // Portable is a candidate of its own.
    let isOffered =
      LibraryConvolution(shape: shape, usesWinograd: true).hasWinograd(direction)
      && !executor(.winograd, direction, hasBias: false, fusedReLU: false).isPortable
    return isOffered ? [.direct, .winograd, .portableWinograd] : [.direct, .portableWinograd]
  }

  /// The shorter time of two, after one that compiles.
  ///
  /// - Parameters:
  ///   - trial: what is timed.
  ///   - keepsForms: whether the kernel's packed forms are kept from one time to the next.
  ///   - kernel: the kernel.
  private static func seconds(of trial: () -> Void, keeping keepsForms: Bool, _ kernel: Tensor?) -> Double {
    let times = (0..<3).map { _ in
      if !keepsForms { kernel?.releasePackedForms() }
      let began = ContinuousClock.now
      trial()
      return (ContinuousClock.now - began) / .seconds(1)
    }
    return times.dropFirst().min() ?? .infinity
  }
}

extension ConvolutionShape {
  /// The name under which a choice for this direction is remembered.
  func name(of direction: graft_direction) -> String {
    let names = [
      GRAFT_FORWARD_INFERENCE.rawValue: "inference", GRAFT_FORWARD_TRAINING.rawValue: "forward",
      GRAFT_BACKWARD_DATA.rawValue: "backward to the images",
      GRAFT_BACKWARD_WEIGHTS.rawValue: "backward to the kernel",
    ]
    return "\(names[direction.rawValue] ?? "?"), images \(inputShape), kernel \(kernelShape), "
      + "padding \(paddingTop) \(paddingBottom) \(paddingLeft) \(paddingRight)"
  }
}
