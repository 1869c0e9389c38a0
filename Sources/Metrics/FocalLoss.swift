import CGraftKernels
import GraftTensor

/// The binary focal loss of logits, averaged over everything: −α (1 − p)^γ log p where the target is 1, and
/// −(1 − α) p^γ log(1 − p) where it is 0, with p = σ(x); Lin et al. 2017 (arXiv:1708.02002), equation 5.
///
/// The paper divides by the number of foreground anchors instead. Between 0 and 1, a target weighs the two terms.
/// Computed from the logits without overflow.
///
/// - Parameters:
///   - logits: float32, of any shape but an empty one.
///   - targets: of the same shape: uint8, where all but 0 is foreground, or float32 from 0 to 1. No gradient reaches
///     them.
///   - gamma: γ, not negative, by default the paper's 2: how much less a sample counts that is already right; 0 is
///     cross entropy.
///   - alpha: α, from 0 to 1, the weight of the foreground; the paper uses 0.25. By default both weigh 1.
/// - Returns: one number.
public func focalLoss(
  fromLogits logits: Tensor, _ targets: Tensor, gamma: Double = 2, alpha: Double? = nil
) -> Tensor {
  requireGamma(gamma)
  require(
    alpha.map { (0...1).contains($0) } ?? true,
    "The focal loss weighs the foreground by an alpha from 0 to 1, not by \(alpha ?? 1).")
  return sigmoidFocalLoss(
    "The focal loss", logits, targets, gamma: gamma, foreground: alpha ?? 1,
    background: alpha.map { 1 - $0 } ?? 1)
}

/// The binary focal loss with a weight for each of the two classes.
func sigmoidFocalLoss(
  _ name: String, _ logits: Tensor, _ targets: Tensor, gamma: Double, foreground: Double, background: Double
) -> Tensor {
  let shares = targets.foregroundShares(for: logits, of: name)
  return meanLoss(of: logits, over: logits.scalarCount) { logits, scale, gradients in
    shares.withUnsafeScalars {
      graft_sigmoid_focal_loss(
        Int64(logits.count), logits.baseAddress, $0.baseAddress, gamma, foreground, background, scale,
        gradients)
    }
  }
}

/// The focal loss of a softmax over the last axis: −w (1 − p)^γ log p, with the probability p and the weight w of the
/// true class, averaged over all rows but the ignored ones; Lin et al. 2017 (arXiv:1708.02002), extended to classes.
///
/// Computed from the logits without overflow. If all rows are ignored, the loss and its gradient are 0.
///
/// - Parameters:
///   - logits: float32, of shape N×classes, or N×H×W×classes for pixels.
///   - labels: one class number for each row of logits: int32 or uint8, of the logits' shape without the last axis, or
///     with 1 for it. No gradient reaches them.
///   - gamma: γ, not negative, by default 2: how much less a row counts that is already right; 0 is cross entropy.
///   - classWeights: one for each class; by default all weigh 1. The mean divides by the number of rows, not by the sum
///     of their weights.
///   - ignoredClass: the label of rows that count nothing and get no gradient; it need be no class. By default all
///     count.
/// - Returns: one number.
public func softmaxFocalLoss(
  fromLogits logits: Tensor, _ labels: Tensor, gamma: Double = 2, classWeights: [Float]? = nil,
  ignoredClass: Int? = nil
) -> Tensor {
  requireGamma(gamma)
  let rows = labels.rowLabels(for: logits, ignoring: ignoredClass)
  let classes = logits.shape[logits.shape.rank - 1]
  require(
    classWeights.map { $0.count == classes } ?? true,
    "\(classWeights?.count ?? 0) class weights do not fit the \(classes) classes of logits of shape \(logits.shape)."
  )
  return meanLoss(of: logits, over: max(rows.count { $0 >= 0 }, 1)) { logits, scale, gradients in
    func sum(_ weights: UnsafePointer<Float>?) -> Double {
      graft_softmax_focal_loss(
        Int64(rows.count), Int64(classes), logits.baseAddress, rows, weights, gamma, scale, gradients)
    }
    return classWeights.map { $0.withUnsafeBufferPointer { sum($0.baseAddress) } } ?? sum(nil)
  }
}

private func requireGamma(_ gamma: Double) {
  require(gamma >= 0, "The focal loss takes a gamma that is not negative, not \(gamma).")
}
