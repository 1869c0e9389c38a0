import CGraftKernels
import GraftTensor

/// The mean over everything of (prediction − target)², as Keras' `mean_squared_error` averaged over the batch and
/// PyTorch's `mse_loss`.
///
/// - Parameters:
///   - predictions: float32, of any shape but an empty one; the gradient is 2 (prediction − target) / count.
///   - targets: float32 of the same shape. No gradient reaches them.
/// - Returns: one number, added up in double precision.
public func meanSquaredError(_ predictions: Tensor, _ targets: Tensor) -> Tensor {
  require(
    predictions.shape == targets.shape,
    "The squared error compares predictions and targets of one shape, not \(predictions.shape) and \(targets.shape)."
  )
  require(
    predictions.scalarCount > 0,
    "The mean of no errors is not defined: the predictions have shape \(predictions.shape).")
  return meanLoss(of: predictions, over: predictions.scalarCount) { predictions, scale, gradients in
    targets.withUnsafeScalars {
      graft_squared_error(
        Int64(predictions.count), predictions.baseAddress, $0.baseAddress, scale, gradients)
    }
  }
}
