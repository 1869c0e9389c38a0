import GraftLayers
import GraftTensor

/// The small decoder of the paper's section 3.1, after FCN-32s (Long, Shelhamer and Darrell, 2015, arXiv:1411.4038): a
/// 1×1 convolution to one map for each class, then one transposed convolution of 64×64 with stride 32, without bias,
/// that starts as a bilinear interpolation. Both are trained. On an encoder whose last stride is not 32, the stride is that,
/// and the kernel twice as large.
///
/// Input N,7,7,C; output N,224,224,classes: logits. With 512 channels and one class: 513 + 4,096 parameters.
public final class FCN32Decoder: Head {
  private let score: Conv2D
  private let enlargement: ConvTranspose2D
  /// The transposed convolution.
  public var upsample: ConvTranspose2D? { enlargement }

  /// Creates a decoder.
  ///
  /// - Parameters:
  ///   - inputs: channels of the features.
  ///   - stride: of the features; maps come out so many times as large.
  ///   - classes: maps that come out; 1 for a mask.
  ///   - penalty: on the kernel of the 1×1 convolution; the paper gives no number.
  ///   - random: what the 1×1 kernel is drawn from (He normal as Keras 2.1 drew it).
  public init(
    inputs: Int, stride: Int = 32, classes: Int = 1, penalty: L2? = L2(1e-4),
    random: RandomStream = RandomStream(seed: 0)
  ) {
    require(stride > 0, "Features have a stride of at least one pixel, not \(stride).")
    score = Conv2D(
      inputs: inputs, outputs: classes, kernelSize: 1,
      kernelInitializer: .heNormal(correctingForTruncation: false),
      kernelPenalty: penalty, random: random.child("score"))
    enlargement = ConvTranspose2D(
      inputs: classes, outputs: classes, kernelSize: 2 * stride, stride: stride, padding: .same,
      usesBias: false,
      kernelInitializer: .bilinear, random: random.child("upsample"))
  }

  /// `score`, then `upsample`.
  public var members: [Member] { [.layer("score", score), .layer("upsample", enlargement)] }

  /// Computes logits, N,stride·H,stride·W,classes, from features N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(enlargement(scores(of: input, context), context), of: self)
  }

  /// Computes scores, N,H,W,classes, from features N,H,W,C.
  public func scores(of input: Tensor, _ context: Context) -> Tensor { score(input, context) }
}
