import CGraftKernels
import GraftTensor

/// The binary cross entropy of logits, averaged over everything: max(x, 0) − x·t + log(1 + e^−|x|), which equals
/// −t·log σ(x) − (1 − t)·log(1 − σ(x)) and stays finite for every finite logit.
///
/// For masks of shape N×H×W×1 this is the mean over all pixels of all images, as Keras computes it for a network that
/// ends in a sigmoid.
///
/// - Parameters:
///   - logits: float32, of any shape but an empty one; its gradient is (σ(x) − t) / count.
///   - targets: as many as there are logits, of the same shape. Either float32 from 0 to 1, or uint8, where 0 is
///     background and everything else foreground. No gradient reaches them.
/// - Returns: one number.
public func binaryCrossEntropy(fromLogits logits: Tensor, _ targets: Tensor) -> Tensor {
  require(
    logits.shape == targets.shape,
    "Binary cross entropy compares logits and targets of one shape, not \(logits.shape) and \(targets.shape)."
  )
  require(
    logits.scalarCount > 0, "The mean of no losses is not defined: the logits have shape \(logits.shape).")
  require(
    targets.scalarType == .float32 || targets.scalarType == .uint8,
    "Targets of binary cross entropy are float32 or uint8, not \(targets.scalarType).")
  return meanLoss(of: logits, over: logits.scalarCount) { logits, scale, gradients in
    let count = Int64(logits.count)
    return targets.withUnsafeBytes { bytes in
      if targets.scalarType == .uint8 {
        let bytes = bytes.bindMemory(to: UInt8.self).baseAddress
        return graft_sigmoid_cross_entropy_bytes(count, logits.baseAddress, bytes, scale, gradients)
      }
      let floats = bytes.bindMemory(to: Float.self).baseAddress
      return graft_sigmoid_cross_entropy(count, logits.baseAddress, floats, scale, gradients)
    }
  }
}

/// The binary cross entropy of logits where foreground counts more than background, or less: the mean over everything of
/// −w·t·log σ(x) − (1 − t)·log(1 − σ(x)), as PyTorch's `pos_weight`.
///
/// - Parameters:
///   - logits: float32, of any shape but an empty one.
///   - targets: of the same shape: float32 from 0 to 1, or uint8, where all but 0 is foreground. No gradient reaches
///     them.
///   - foregroundWeight: w, not negative; with the background's pixels over those of the foreground both count alike.
/// - Returns: one number.
public func binaryCrossEntropy(fromLogits logits: Tensor, _ targets: Tensor, foregroundWeight: Double)
  -> Tensor
{
  require(
    foregroundWeight >= 0 && foregroundWeight.isFinite,
    "The foreground's weight is finite and not negative, not \(foregroundWeight).")
  return sigmoidFocalLoss(
    "Binary cross entropy", logits, targets, gamma: 0, foreground: foregroundWeight, background: 1)
}
