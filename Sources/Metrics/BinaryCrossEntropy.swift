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

/// The binary cross entropy of the logits that a transposed convolution makes of scores, averaged over all pixels.
///
/// It equals ``binaryCrossEntropy(fromLogits:_:)`` of ``transposedConvolution2D(_:kernel:strides:padding:algorithm:)``. Where
/// one map is enlarged to one, with a kernel of twice the stride, the stride a multiple of 32 and half a stride cropped on
/// each side, and masks are bytes, one pass over the masks computes it with both gradients, and the logits are never stored.
///
/// - Parameters:
///   - scores: N,H,W,I.
///   - kernel: height, width, O, I.
///   - strides: vertical and horizontal.
///   - padding: what is cropped.
///   - targets: as large as the logits, N,H′,W′,O: uint8, where all but 0 is foreground, or float32 from 0 to 1. No gradient
///     reaches them.
/// - Returns: one number.
public func binaryCrossEntropy(
  fromScores scores: Tensor, enlargedBy kernel: Tensor, strides: (Int, Int), padding: Padding,
  _ targets: Tensor
) -> Tensor {
  let enlargement = MapEnlargement(
    input: scores.shape, kernel: kernel.shape, strides: strides, padding: padding)
  guard let enlargement, enlargement.classes == 1, targets.scalarType == .uint8,
    targets.shape == enlargement.outputShape
  else {
    let logits = transposedConvolution2D(scores, kernel: kernel, strides: strides, padding: padding)
    return binaryCrossEntropy(fromLogits: logits, targets)
  }
  let (sum, scoreGradients, kernelGradients) = ComputeThread.run {
    enlargement.crossEntropy(scores.detached, kernel.detached, targets)
  }
  let share = 1 / Float(targets.scalarCount)
  return differentiable(Tensor(Float(sum / Double(targets.scalarCount))), of: [scores, kernel]) { arrived in
    let factor = arrived.scalar * share
    return [scoreGradients * factor, kernelGradients * factor]
  }
}

extension MapEnlargement {
  /// The sum over all pixels, and its gradients.
  fileprivate func crossEntropy(_ scores: Tensor, _ kernel: Tensor, _ masks: Tensor)
    -> (sum: Double, scoreGradients: Tensor, kernelGradients: Tensor)
  {
    var map = graft_upsampling(height: Int64(height), width: Int64(width), stride: Int64(stride))
    let groups = Int(graft_upsampled_cross_entropy_groups(Int64(count)))
    var scoreGradients = Tensor(zeros: scores.shape)
    var kernelGradients = Tensor(zeros: kernel.shape)
    var scratch = Tensor(zeros: [groups, kernel.scalarCount])
    let sum = scores.withUnsafeScalars { scores in
      kernel.withUnsafeScalars { kernel in
        masks.withUnsafeBytes { masks in
          scoreGradients.withUnsafeMutableScalars { scoreGradients in
            kernelGradients.withUnsafeMutableScalars { kernelGradients in
              scratch.withUnsafeMutableScalars { scratch in
                graft_upsampled_cross_entropy(
                  &map, Int64(count), scores.baseAddress, kernel.baseAddress,
                  masks.bindMemory(to: UInt8.self).baseAddress, scoreGradients.baseAddress,
                  kernelGradients.baseAddress, scratch.baseAddress)
              }
            }
          }
        }
      }
    }
    return (sum, scoreGradients, kernelGradients)
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
