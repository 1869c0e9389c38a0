import CGraftCompute
import Synchronization

extension Convolution {
  /// What `compute` gives with the fastest algorithm for a direction: measured at the first use, remembered after it.
  ///
  /// - Parameters:
  ///   - direction: what is computed.
  ///   - kernel: the kernel, whose packed forms are made anew for each step of training, and kept in inference.
  ///   - compute: runs this convolution with the algorithm that it is given.
  func fastest<Result>(
    _ direction: graft_direction, kernel: Tensor?, _ compute: (Convolution) -> Result
  ) -> Result {
    compute(resolved(direction, kernel: kernel) { _ = compute($0) })
  }

  /// This convolution with the fastest algorithm for a direction, if it is to be found out.
  func resolved(
    _ direction: graft_direction, kernel: Tensor?, measuring compute: (Convolution) -> Void
  ) -> Convolution {
    guard algorithm == .fastest else { return self }
    guard let choices else { misused("A convolution by the fastest algorithm was made without choices.") }
    let name = name(of: direction)
    if let known = choices.choice(for: name) { return by(known) }
    let forms = kernel?.storage.packed.withLock { $0 } ?? []
    let times = candidates(direction).map { candidate in
      (candidate.algorithm, candidate.seconds(direction, kernel: kernel, compute))
    }
    kernel?.storage.packed.withLock { $0 = forms }
    let best = times.min { $0.1 < $1.1 }?.0 ?? .direct
    return by(choices.remember(best, for: name))
  }

  private func name(of direction: graft_direction) -> String {
    let names = [
      GRAFT_FORWARD_INFERENCE.rawValue: "inference", GRAFT_FORWARD_TRAINING.rawValue: "forward",
      GRAFT_BACKWARD_DATA.rawValue: "backward to the images",
      GRAFT_BACKWARD_WEIGHTS.rawValue: "backward to the kernel",
    ]
    return "\(names[direction.rawValue] ?? "?"), images \(shape.inputShape), kernel \(shape.kernelShape), "
      + "padding \(shape.paddingTop) \(shape.paddingBottom) \(shape.paddingLeft) \(shape.paddingRight)"
  }

  private func candidates(_ direction: graft_direction) -> [Convolution] {
    [ConvolutionAlgorithm.direct, .winograd, .portableWinograd].compactMap { algorithm in
      let candidate = by(algorithm)
      // Portable is a candidate of its own.
      let isOffered =
        algorithm != .winograd
        || candidate.byLibrary.hasWinograd(direction) && !candidate.usesPortableWinograd(direction)
      return isOffered ? candidate : nil
    }
  }

  /// The shorter time of two, after one that compiles.
  private func seconds(
    _ direction: graft_direction, kernel: Tensor?, _ compute: (Convolution) -> Void
  ) -> Double {
    let isInference = direction == GRAFT_FORWARD_INFERENCE
    let times = (0..<3).map { _ in
      if !isInference { kernel?.releasePackedForms() }
      let began = ContinuousClock.now
      compute(self)
      return (ContinuousClock.now - began) / .seconds(1)
    }
    return times.dropFirst().min() ?? .infinity
  }
}
