import CGraftKernels
import GraftTensor

/// The Dice loss: 1 − (2 Σ p·t + s) / (Σ p + Σ t + s) of each channel of each image, averaged over channels and images.
///
/// As Sudre et al. 2017 (arXiv:1707.03237) have it for one class, with the sums of p and t themselves; V-Net (Milletari
/// et al. 2016, arXiv:1606.04797) squares them. Every image weighs the same, however large its foreground. An image
/// without foreground has nothing to overlap with: with a smoothing constant it costs the less the smaller its
/// probabilities are, and without, it costs 1 and has no gradient unless they are all 0, and then it costs nothing.
///
/// - Parameters:
///   - probabilities: float32 from 0 to 1, the images along the first axis and the channels along the last: N×H×W×1
///     out of a sigmoid, or N×H×W×classes out of a softmax.
///   - targets: of the same shape: uint8, where all but 0 is foreground, or float32 from 0 to 1. No gradient reaches
///     them.
///   - smoothing: s, not negative, in pixels; by default 1.
/// - Returns: one number, from 0 to 1.
public func diceLoss(fromProbabilities probabilities: Tensor, _ targets: Tensor, smoothing: Double = 1)
  -> Tensor
{
  overlapLoss("The Dice loss", probabilities, targets, smoothing, graft_dice_loss)
}

/// The soft-IoU loss: 1 − (Σ p·t + s) / (Σ (p + t − p·t) + s) of each channel of each image, averaged over channels and
/// images; Rahman and Wang 2016 ("Optimizing Intersection-Over-Union in Deep Neural Networks").
///
/// Without smoothing it is 1 minus what ``SegmentationScore/perImageSoftIoU`` measures. Every image weighs the same,
/// however large its foreground. An image without foreground costs the less the smaller its probabilities are, if
/// there is a smoothing constant; without, it costs 1 and has no gradient unless they are all 0, and then it costs
/// nothing.
///
/// - Parameters:
///   - probabilities: float32 from 0 to 1, the images along the first axis and the channels along the last: N×H×W×1
///     out of a sigmoid, or N×H×W×classes out of a softmax.
///   - targets: of the same shape: uint8, where all but 0 is foreground, or float32 from 0 to 1. No gradient reaches
///     them.
///   - smoothing: s, not negative, in pixels; by default 1.
/// - Returns: one number, from 0 to 1.
public func softIoULoss(fromProbabilities probabilities: Tensor, _ targets: Tensor, smoothing: Double = 1)
  -> Tensor
{
  overlapLoss("The soft-IoU loss", probabilities, targets, smoothing, graft_soft_iou_loss)
}

private typealias OverlapKernel = (
  _ images: Int64, _ pixels: Int64, _ channels: Int64, UnsafePointer<Float>?, UnsafePointer<Float>?,
  _ smoothing: Double, _ scale: Float, UnsafeMutablePointer<Float>?
) -> Double

private func overlapLoss(
  _ name: String, _ probabilities: Tensor, _ targets: Tensor, _ smoothing: Double, _ kernel: OverlapKernel
) -> Tensor {
  require(smoothing >= 0, "\(name) is smoothed by a number that is not negative, not by \(smoothing).")
  let shape = probabilities.shape
  require(
    shape.rank >= 3,
    "\(name) takes images along the first axis and channels along the last (N×H×W×1), not \(shape).")
  let shares = targets.foregroundShares(for: probabilities, of: name)
  let (images, channels) = (shape[0], shape[shape.rank - 1])
  let pixels = probabilities.scalarCount / images / channels
  return meanLoss(of: probabilities, over: images * channels) { probabilities, scale, gradients in
    shares.withUnsafeScalars {
      kernel(
        Int64(images), Int64(pixels), Int64(channels), probabilities.baseAddress, $0.baseAddress, smoothing,
        scale, gradients)
    }
  }
}
