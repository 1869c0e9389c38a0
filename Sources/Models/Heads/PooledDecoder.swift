import GraftLayers
import GraftTensor

/// A decoder that sees the mean of the features over the picture instead of their map: a 1×1 convolution to one number for
/// each class, then one transposed convolution, without bias, whose kernel and stride are as large as the picture.
///
/// So must the paper's decoder on ResNet-50 have been, if its features were what Keras before 2.2 gave: 1×1×2,048. The
/// paper prints 64×64 and stride 32, which make 32×32 of them; a kernel and a stride of 224 are derived, as the only ones
/// that make 224×224. With one class every logit map is one number times one kernel, and every picture gets the same mask,
/// but for those where the number is negative. It is here to show that; to segment, take ``FCN32Decoder``.
///
/// Input N,H,W,C; output N,height,width,classes: logits. With 2,048 channels and one class: 2,049 + 50,176 parameters.
public final class PooledDecoder: Head {
  private let pool = GlobalAveragePool2D()
  private let score: Conv2D
  private let upsample: ConvTranspose2D

  /// Creates a decoder.
  ///
  /// - Parameters:
  ///   - inputs: channels of the features.
  ///   - side: of the pictures, which are square.
  ///   - classes: maps that come out; 1 for a mask.
  ///   - penalty: on the kernel of the 1×1 convolution; the paper gives no number.
  ///   - random: what the 1×1 kernel is drawn from (He normal as Keras 2.1 drew it).
  public init(
    inputs: Int, side: Int = 224, classes: Int = 1, penalty: L2? = L2(1e-4),
    random: RandomStream = RandomStream(seed: 0)
  ) {
    require(side > 0, "A picture has sides of at least one pixel, not \(side).")
    score = Conv2D(
      inputs: inputs, outputs: classes, kernelSize: 1,
      kernelInitializer: .heNormal(correctingForTruncation: false),
      kernelPenalty: penalty, random: random.child("score"))
    upsample = ConvTranspose2D(
      inputs: classes, outputs: classes, kernelSize: side, stride: side, usesBias: false,
      kernelInitializer: .bilinear, random: random.child("upsample"))
  }

  /// `score`, then `upsample`.
  public var members: [Member] { [.layer("score", score), .layer("upsample", upsample)] }

  /// Computes logits, N,side,side,classes, from features N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let vectors = pool(input, context)
    let pixels = vectors.reshaped(to: [vectors.shape[0], 1, 1, vectors.shape[1]])
    return context.observed(upsample(score(pixels, context), context), of: self)
  }
}
