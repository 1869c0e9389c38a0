import GraftTensor

/// A loss whose kernel returns the sum and, in the same pass, the gradients.
///
/// - Parameters:
///   - logits: what the loss is differentiated by.
///   - count: what the sum is divided by.
///   - sum: reads the logits, writes the gradients times the given scale where they are wanted, and returns the sum.
func meanLoss(
  of logits: Tensor, over count: Int,
  sum: (UnsafeBufferPointer<Float>, _ scale: Float, UnsafeMutablePointer<Float>?) -> Double
) -> Tensor {
  let scale = 1 / Float(count)
  let values = logits.detached
  guard logits.isTracked else {
    let total = ComputeThread.run { values.withUnsafeScalars { sum($0, scale, nil) } }
    return Tensor(Float(total / Double(count)))
  }
  var total = 0.0
  let gradients = ComputeThread.run {
    Tensor(shape: logits.shape) { gradients in
      total = values.withUnsafeScalars { sum($0, scale, gradients.baseAddress) }
    }
  }
  return differentiable(Tensor(Float(total / Double(count))), of: [logits]) { arrived in
    // A loss that ends the tape, the usual case, needs no second pass over its gradients.
    [arrived.scalar == 1 ? gradients : gradients * arrived]
  }
}
