import GraftTensor

/// The cross entropy of a softmax over the classes of each pixel, averaged over all pixels but the ignored ones:
/// −log softmax(x) of the pixel's class, as PyTorch's `cross_entropy` with `ignore_index`.
///
/// Every pixel weighs the same, so an image weighs as much as it has pixels that count. If none counts in the whole
/// batch, the loss and its gradient are 0 (PyTorch's are not a number). Computed from the logits without overflow.
///
/// - Parameters:
///   - logits: float32, of shape N×H×W×classes; the gradient is (softmax(x) − t) / count, where t is one-hot, and 0 for
///     ignored pixels.
///   - labels: the class number of each pixel: int32 or uint8, of shape N×H×W or N×H×W×1. No gradient reaches them.
///   - ignoredClass: the label of pixels that count nothing, often 255; it need be no class. By default all count.
/// - Returns: one number.
public func pixelSoftmaxCrossEntropy(
  fromLogits logits: Tensor, _ labels: Tensor, ignoredClass: Int? = nil
) -> Tensor {
  softmaxFocalLoss(fromLogits: logits, labels, gamma: 0, ignoredClass: ignoredClass)
}
