import GraftLayers
import GraftTensor

/// The expanding half of a U-Net (Ronneberger, Fischer and Brox, "U-Net: Convolutional networks for biomedical image segmentation",
/// 2015, arXiv:1505.04597) on the stages of an encoder, which are its contracting half.
///
/// From the coarsest stage on, a transposed convolution enlarges the features to the size of the next finer stage, whose output
/// is put beside them, and two convolutions of 3×3 with ReLU follow. At the finest stage a convolution of 1×1 gives a score for each
/// class, and a transposed convolution that starts as a bilinear interpolation brings it to the size of the pictures.
///
/// Pictures have sides that are multiples of the last stage's stride. Convolutions pad, where the paper's do not and crop
/// instead. Stages that are read are computed anew in each epoch, even if they are frozen, but for those up to the finest.
public final class UNetDecoder: Head {
  /// The stages that are read, in the order of the encoder: of each stride the last.
  public let stages: [EncoderStage.Name]
  private let steps: [Step]
  private let score: Conv2D
  private let enlargement: ConvTranspose2D?

  /// What leads from one stage to the next finer one.
  private struct Step {
    let enlargement: ConvTranspose2D
    let convolutions: Sequential
  }

  /// Creates a decoder for the stages of an encoder.
  ///
  /// - Parameters:
  ///   - stages: all of the encoder's; of each stride the last is read.
  ///   - classes: maps that come out; 1 for a mask.
  ///   - channels: at the finest stage; each coarser one has twice as many.
  ///   - random: what the kernels are drawn from.
  public init(
    stages: [EncoderStage], classes: Int = 1, channels: Int = 64, random: RandomStream = RandomStream(seed: 0)
  ) {
    let read = Self.stagesRead(of: stages)
    guard let last = read.last, let first = read.first else { misused("An encoder has at least one stage.") }
    self.stages = read.map(\.name)
    var inputs = last.channels
    steps = read.indices.dropLast().reversed().map { level in
      let (coarse, fine, outputs) = (read[level + 1], read[level], channels << level)
      let random = random.child("level\(level + 1)")
      defer { inputs = outputs }
      func convolution(_ name: String, _ inputs: Int) -> (String, any Module) {
        (
          name,
          Conv2D(
            inputs: inputs, outputs: outputs, kernelSize: 3, padding: .same, activation: .relu,
            kernelInitializer: .heNormal(), random: random.child(name))
        )
      }
      return Step(
        enlargement: Self.enlargement(coarse.stride / fine.stride, inputs, outputs, random.child("enlarge")),
        convolutions: Sequential([
          convolution("conv1", outputs + fine.channels), convolution("conv2", outputs),
        ]))
    }
    score = Conv2D(inputs: inputs, outputs: classes, kernelSize: 1, random: random.child("score"))
    enlargement =
      first.stride == 1
      ? nil
      : ConvTranspose2D(
        inputs: classes, outputs: classes, kernelSize: 2 * first.stride, stride: first.stride, padding: .same,
        usesBias: false, kernelInitializer: .bilinear, random: random.child("enlarge"))
  }

  private static func enlargement(
    _ factor: Int, _ inputs: Int, _ outputs: Int, _ random: RandomStream
  ) -> ConvTranspose2D {
    ConvTranspose2D(
      inputs: inputs, outputs: outputs, kernelSize: factor, stride: factor, padding: .same,
      kernelInitializer: .heNormal(), random: random)
  }

  /// Of each stride the last stage, from fine to coarse.
  static func stagesRead(of stages: [EncoderStage]) -> [EncoderStage] {
    stages.enumerated().filter { place, stage in
      !stages.dropFirst(place + 1).contains { $0.stride == stage.stride }
    }.map(\.element)
  }

  /// `enlarge4`, `level4` with `conv1` and `conv2`, and so on to `level1`; `score`; `upsample`.
  public var members: [Member] {
    let levels = steps.enumerated().flatMap { place, step -> [Member] in
      let level = steps.count - place
      return [.layer("enlarge\(level)", step.enlargement), .layer("level\(level)", step.convolutions)]
    }
    return levels + [.layer("score", score)] + (enlargement.map { [.layer("upsample", $0)] } ?? [])
  }

  /// All of ``stages``.
  public var stagesRead: [EncoderStage.Name]? { stages }

  /// Computes logits from the output of the last stage, if that is the only one that is read.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor { logits(of: [input], context) }

  /// Computes logits of the size of the pictures.
  public func logits(of features: [Tensor], _ context: Context) -> Tensor {
    require(
      features.count == stages.count,
      "This decoder reads the outputs of \(stages.joined(separator: ", ")), not \(features.count) tensors.")
    var output = features[features.count - 1]
    for (step, finer) in zip(steps, features.dropLast().reversed()) {
      let enlarged = step.enlargement(output, context)
      require(
        enlarged.shape.dropFirst().prefix(2).elementsEqual(finer.shape.dropFirst().prefix(2)),
        "Pictures have sides that are multiples of the encoder's last stride: \(enlarged.shape) does not fit beside \(finer.shape)."
      )
      output = step.convolutions(Tensor.concatenated([finer, enlarged], alongAxis: 3), context)
    }
    let scores = score(output, context)
    return context.observed(enlargement.map { $0(scores, context) } ?? scores, of: self)
  }
}
