import CGraftKernels
import GraftTensor

/// The cross entropy of a softmax over the last axis, averaged over the batch: −Σ t·log softmax(x) of each row,
/// computed from the logits without overflow.
///
/// - Parameters:
///   - logits: float32, of shape N×classes; the gradient is (softmax(x)·Σt − t) / N.
///   - targets: either int32 class numbers of shape N, or float32 of the logits' shape: one-hot, smoothed or any other
///     distribution. No gradient reaches them.
/// - Returns: one number.
public func softmaxCrossEntropy(fromLogits logits: Tensor, _ targets: Tensor) -> Tensor {
  let shares = targets.classShares(for: logits, of: "Softmax cross entropy")
  let (rows, classes) = (logits.shape[0], logits.shape[1])
  return meanLoss(of: logits, over: rows) { logits, scale, gradients in
    shares.withUnsafeScalars {
      graft_softmax_cross_entropy(
        Int64(rows), Int64(classes), logits.baseAddress, $0.baseAddress, scale, gradients)
    }
  }
}
