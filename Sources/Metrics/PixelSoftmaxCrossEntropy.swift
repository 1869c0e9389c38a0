import CGraftKernels
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

/// The cross entropy of a softmax over the classes of each pixel, of the logits that a transposed convolution makes of
/// scores, averaged over all pixels but the ignored ones.
///
/// It equals ``pixelSoftmaxCrossEntropy(fromLogits:_:ignoredClass:)`` of
/// ``transposedConvolution2D(_:kernel:strides:padding:algorithm:)``. Where 2 to 32 maps are enlarged to as many, with a kernel
/// of twice the stride, the stride a multiple of 32 and half a stride cropped on each side, and labels are bytes, logits are
/// computed a few at a time together with both gradients, and never stored.
///
/// - Parameters:
///   - scores: N,H,W,I.
///   - kernel: height, width, classes, I.
///   - strides: vertical and horizontal.
///   - padding: what is cropped.
///   - labels: the class number of each pixel: int32 or uint8, N,H′,W′ or N,H′,W′,1. No gradient reaches them.
///   - ignoredClass: the label of pixels that count nothing, often 255; it need be no class. By default all count.
/// - Returns: one number.
public func pixelSoftmaxCrossEntropy(
  fromScores scores: Tensor, enlargedBy kernel: Tensor, strides: (Int, Int), padding: Padding,
  _ labels: Tensor,
  ignoredClass: Int? = nil
) -> Tensor {
  let enlargement = MapEnlargement(
    input: scores.shape, kernel: kernel.shape, strides: strides, padding: padding)
  guard let enlargement, let counted = enlargement.countedPixels(of: labels, ignoring: ignoredClass) else {
    let logits = transposedConvolution2D(scores, kernel: kernel, strides: strides, padding: padding)
    return pixelSoftmaxCrossEntropy(fromLogits: logits, labels, ignoredClass: ignoredClass)
  }
  let share = 1 / Double(max(counted, 1))
  let (sum, scoreGradients, kernelGradients) = ComputeThread.run {
    enlargement.softmaxCrossEntropy(
      scores.detached, kernel.detached, labels, ignoring: ignoredClass, scale: Float(share))
  }
  return differentiable(Tensor(Float(sum * share)), of: [scores, kernel]) { arrived in
    [scoreGradients * arrived.scalar, kernelGradients * arrived.scalar]
  }
}

extension MapEnlargement {
  /// How many pixels are not ignored; nil where the kernel does not compute this, or a label is wrong.
  fileprivate func countedPixels(of labels: Tensor, ignoring ignored: Int?) -> Int? {
    // Each row of a cell's pixels adds up the gradients of all scores by itself.
    let scoreCount = count * height * width * classes
    let shape = outputShape.dimensions.dropLast()
    guard classes > 1, scoreCount <= 1 << 20, labels.scalarType == .uint8,
      labels.shape == Tensor.Shape(shape + [1]) || labels.shape == Tensor.Shape(Array(shape))
    else { return nil }
    let counted = labels.withUnsafeBytes { labels in
      graft_count_labels(
        Int64(labels.count), labels.bindMemory(to: UInt8.self).baseAddress, Int64(classes),
        Int64(ignored ?? -1))
    }
    return counted < 0 ? nil : Int(counted)
  }

  /// The sum over all pixels that count, and the gradients of so many times the sum.
  fileprivate func softmaxCrossEntropy(
    _ scores: Tensor, _ kernel: Tensor, _ labels: Tensor, ignoring ignored: Int?, scale: Float
  ) -> (sum: Double, scoreGradients: Tensor, kernelGradients: Tensor) {
    var map = graft_upsampling(height: Int64(height), width: Int64(width), stride: Int64(stride))
    let length = graft_class_upsampling_scratch(&map, Int64(classes), Int64(count), 1)
    var scratch = Tensor(shape: [Int(length)]) { _ in }
    var scoreGradients = Tensor(shape: scores.shape) { _ in }
    var kernelGradients = Tensor(shape: kernel.shape) { _ in }
    let sum = scores.withUnsafeScalars { scores in
      kernel.withUnsafeScalars { kernel in
        labels.withUnsafeBytes { labels in
          scoreGradients.withUnsafeMutableScalars { scoreGradients in
            kernelGradients.withUnsafeMutableScalars { kernelGradients in
              scratch.withUnsafeMutableScalars { scratch in
                graft_upsampled_softmax_cross_entropy(
                  &map, Int64(classes), Int64(count), scores.baseAddress, kernel.baseAddress,
                  labels.bindMemory(to: UInt8.self).baseAddress, Int64(ignored ?? -1), scale,
                  scoreGradients.baseAddress, kernelGradients.baseAddress, scratch.baseAddress)
              }
            }
          }
        }
      }
    }
    return (sum, scoreGradients, kernelGradients)
  }
}
