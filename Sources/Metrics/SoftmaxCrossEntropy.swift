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
  require(
    logits.shape.rank == 2 && logits.scalarCount > 0,
    "Softmax cross entropy takes logits of shape N×classes, not \(logits.shape).")
  let (rows, classes) = (logits.shape[0], logits.shape[1])
  let distributions =
    targets.scalarType == .int32 ? oneHot(targets, rows: rows, classes: classes) : targets
  require(
    distributions.scalarType == .float32,
    "Targets of softmax cross entropy are int32 class numbers or float32 shares, not \(targets.scalarType).")
  require(
    distributions.shape == logits.shape,
    "Targets of shape \(targets.shape) do not fit logits of shape \(logits.shape).")
  return meanLoss(of: logits, over: rows) { logits, scale, gradients in
    distributions.withUnsafeScalars {
      graft_softmax_cross_entropy(
        Int64(rows), Int64(classes), logits.baseAddress, $0.baseAddress, scale, gradients)
    }
  }
}

private func oneHot(_ labels: Tensor, rows: Int, classes: Int) -> Tensor {
  let numbers = labels.classNumbers(count: rows, below: classes)
  return Tensor(shape: [rows, classes]) { shares in
    shares.initialize(repeating: 0)
    for (row, number) in numbers.enumerated() { shares[row * classes + number] = 1 }
  }
}
