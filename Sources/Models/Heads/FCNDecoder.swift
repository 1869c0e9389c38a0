import GraftLayers
import GraftTensor

/// The decoders of Long, Shelhamer and Darrell ("Fully convolutional networks for semantic segmentation", 2015,
/// arXiv:1411.4038): the classifying layers of VGG16 as convolutions, a score for each class, and transposed convolutions
/// that start as bilinear interpolations and are trained.
///
/// `fc6` is a convolution of 7×7 to 4,096 channels and `fc7` one of 1×1, each with a ReLU and, in training, a dropout of
/// one half; `score` is one of 1×1 to the classes. FCN32s enlarges that by the stride of the encoder's last stage at once.
/// FCN16s doubles it first and adds a score of the stage of half that stride; FCN8s does so once more. These scores
/// (`skip1`, `skip2`) start with zeros, so that a network begins as the coarser one does.
///
/// Pictures have sides that are multiples of the last stage's stride (32); the output has their size. Two things differ
/// from the paper's Caffe networks, which pad pictures by 100 pixels and crop the result, and start `score` with zeros on
/// trained layers: here convolutions pad by half a kernel, and `score` is drawn, because the layers below it are.
public final class FCNDecoder: Head {
  /// How fine the features are that are read.
  public enum Variant: String, Sendable, Codable, CaseIterable {
    case fcn32s, fcn16s, fcn8s

    /// As the paper writes it, for people.
    public var title: String { String(rawValue.uppercased().dropLast()) + "s" }

    /// How many stages before the last are read.
    var skipCount: Int {
      switch self {
      case .fcn32s: 0
      case .fcn16s: 1
      case .fcn8s: 2
      }
    }
  }

  /// Which one this is.
  public let variant: Variant
  /// The stages that are read, in the order of the encoder.
  public let stages: [EncoderStage.Name]
  private let classifier: Sequential
  private let skips: [Conv2D]
  private let doublings: [ConvTranspose2D]
  private let enlargement: ConvTranspose2D

  /// Creates a decoder for the stages of an encoder.
  ///
  /// - Parameters:
  ///   - variant: which.
  ///   - stages: all of the encoder's; those are read whose stride is that of the last, its half and its quarter.
  ///   - classes: maps that come out; 1 for a mask.
  ///   - hiddenUnits: channels of `fc6` and `fc7`.
  ///   - random: what the kernels are drawn from.
  public init(
    _ variant: Variant, stages: [EncoderStage], classes: Int = 1, hiddenUnits: Int = 4096,
    random: RandomStream = RandomStream(seed: 0)
  ) {
    guard let last = stages.last else { misused("An encoder has at least one stage.") }
    self.variant = variant
    guard let skipped = Self.skippedStages(variant, stages) else {
      misused(
        "\(variant) reads stages of half and a quarter of the last stride, \(last.stride); there are strides of "
          + "\(stages.map { "\($0.stride)" }.joined(separator: ", "))."
      )
    }
    self.stages = skipped.reversed().map(\.name) + [last.name]
    func convolution(_ name: String, _ inputs: Int, _ outputs: Int, size: Int, _ start: Initializer? = nil)
      -> Conv2D
    {
      Conv2D(
        inputs: inputs, outputs: outputs, kernelSize: size, padding: .same,
        activation: name == "score" || start != nil ? .linear : .relu,
        kernelInitializer: start ?? .heNormal(), random: random.child(name))
    }
    func upsampling(_ factor: Int, _ name: String) -> ConvTranspose2D {
      ConvTranspose2D(
        inputs: classes, outputs: classes, kernelSize: 2 * factor, stride: factor, padding: .same,
        usesBias: false, kernelInitializer: .bilinear, random: random.child(name))
    }
    classifier = Sequential([
      ("fc6", convolution("fc6", last.channels, hiddenUnits, size: 7)), ("dropout6", Dropout(rate: 0.5)),
      ("fc7", convolution("fc7", hiddenUnits, hiddenUnits, size: 1)), ("dropout7", Dropout(rate: 0.5)),
      ("score", convolution("score", hiddenUnits, classes, size: 1)),
    ])
    skips = skipped.enumerated().map { index, stage in
      convolution("skip\(index + 1)", stage.channels, classes, size: 1, .zeros)
    }
    doublings = skipped.indices.map { upsampling(2, "upsample\($0 + 1)") }
    enlargement = upsampling(last.stride >> variant.skipCount, "upsample")
  }

  /// The stages besides the last whose outputs are read, the coarsest first; nil if there are none of these strides.
  static func skippedStages(_ variant: Variant, _ stages: [EncoderStage]) -> [EncoderStage]? {
    guard let last = stages.last, last.stride.isMultiple(of: 1 << variant.skipCount) else { return nil }
    let found = (0..<variant.skipCount).compactMap { index in
      stages.last { $0.stride == last.stride >> (index + 1) }
    }
    return found.count == variant.skipCount ? found : nil
  }

  /// `fc6`, `fc7`, `score`; `upsample1`, `skip1` and so on; `upsample`.
  public var members: [Member] {
    let steps = zip(doublings, skips).enumerated().flatMap { index, pair -> [Member] in
      [.layer("upsample\(index + 1)", pair.0), .layer("skip\(index + 1)", pair.1)]
    }
    return classifier.members + steps + [.layer("upsample", enlargement)]
  }

  /// All of ``stages``.
  public var stagesRead: [EncoderStage.Name]? { stages }

  /// Computes logits from the output of the last stage, if that is the only one that is read.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor { logits(of: [input], context) }

  /// Computes logits of the size of the pictures.
  public func logits(of features: [Tensor], _ context: Context) -> Tensor {
    require(
      features.count == stages.count,
      "\(variant) reads the outputs of \(stages.joined(separator: ", ")), not \(features.count) tensors.")
    var coarseToFine = features.reversed().makeIterator()
    guard let coarsest = coarseToFine.next() else { misused("There is no stage without an output.") }
    var score = classifier(coarsest, context)
    for (doubling, skip) in zip(doublings, skips) {
      guard let finer = coarseToFine.next() else { break }
      let doubled = doubling(score, context)
      require(
        doubled.shape.dropFirst().prefix(2).elementsEqual(finer.shape.dropFirst().prefix(2)),
        "\(variant) takes pictures whose sides are multiples of the encoder's last stride, not features of \(finer.shape) beside \(coarsest.shape)."
      )
      score = doubled + skip(finer, context)
    }
    return context.observed(enlargement(score, context), of: self)
  }
}
