import CGraftKernels
import GraftTensor

/// How Keras keeps the logarithms of probabilities finite.
///
/// Both versions hold a probability within 1e-7 and 1 − 1e-7, in float32, where the upper bound is 1 − 2⁻²³. A
/// probability out of bounds gets no gradient.
public enum ProbabilityClipping: String, Sendable, Hashable, Codable {
  /// Adds 1e-7 inside the logarithms once more: log(p + 1e-7) and log(1 − p + 1e-7). A sure mistake costs 15.42 where
  /// the target is 1, and 15.33 where it is 0.
  case keras2
  /// Adds nothing. A sure mistake costs 16.12 where the target is 1, and 15.94 where it is 0.
  case keras3
}

/// The binary cross entropy of probabilities, averaged over everything: −t·log p − (1 − t)·log(1 − p), as Keras'
/// `binary_crossentropy` with `from_logits=False`.
///
/// ``binaryCrossEntropy(fromLogits:_:)`` is exact where this is clipped; a Keras model that ends in a sigmoid is trained
/// with that one, for Keras goes back to the logits.
///
/// - Parameters:
///   - probabilities: float32 from 0 to 1, of any shape but an empty one; the gradient is
///     ((1 − t) / (1 − p) − t / p) / count, and 0 where p was clipped.
///   - targets: as many as there are probabilities, of the same shape. Either float32 from 0 to 1, or uint8, where 0 is
///     background and everything else foreground. No gradient reaches them.
///   - clipping: which Keras' bounds; by default those of Keras 3.
/// - Returns: one number.
public func binaryCrossEntropy(
  fromProbabilities probabilities: Tensor, _ targets: Tensor, clipping: ProbabilityClipping = .keras3
) -> Tensor {
  let shares = targets.foregroundShares(for: probabilities, of: "Binary cross entropy")
  let epsilon: Float = clipping == .keras2 ? 1e-7 : 0
  return meanLoss(of: probabilities, over: probabilities.scalarCount) { probabilities, scale, gradients in
    shares.withUnsafeScalars {
      graft_binary_cross_entropy(
        Int64(probabilities.count), probabilities.baseAddress, $0.baseAddress, epsilon, scale, gradients)
    }
  }
}

/// The cross entropy of the probabilities of classes, averaged over the batch: −Σ t·log q of each row, where q is the
/// row divided by its sum and then held within 1e-7 and 1 − 1e-7, as Keras' `categorical_crossentropy` with
/// `from_logits=False`, equal in Keras 2 and 3.
///
/// - Parameters:
///   - probabilities: float32, of shape N×classes, not negative; the gradient passes through the division by the sum,
///     and is 0 from shares that were clipped.
///   - targets: either int32 class numbers of shape N, or float32 of the probabilities' shape: one-hot, smoothed or any
///     other distribution. No gradient reaches them.
/// - Returns: one number.
public func categoricalCrossEntropy(fromProbabilities probabilities: Tensor, _ targets: Tensor) -> Tensor {
  let shares = targets.classShares(for: probabilities, of: "Categorical cross entropy")
  let (rows, classes) = (probabilities.shape[0], probabilities.shape[1])
  return meanLoss(of: probabilities, over: rows) { probabilities, scale, gradients in
    shares.withUnsafeScalars {
      graft_categorical_cross_entropy(
        Int64(rows), Int64(classes), probabilities.baseAddress, $0.baseAddress, scale, gradients)
    }
  }
}
