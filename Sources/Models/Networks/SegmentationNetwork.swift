import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A decoder grafted on an encoder: pictures go in, a map of logits for each class comes out.
///
/// ```swift
/// let network = try SegmentationNetwork(contentsOf: URL(filePath: "models/vgg19-lfw-hair-gender.safetensors"))
/// let maps = network.probabilityMaps(of: [picture])  // height × width × 1, as large as the picture
/// ```
public final class SegmentationNetwork: GraftedNetwork {
  /// A decoder by name, built for whatever encoder it is put on.
  public struct Decoder: Sendable {
    let makeModule: @Sendable ([EncoderStage], RandomStream) -> any Head
    /// By which files know it again; nil for a kind that is not the library's.
    private(set) var name: String?
    /// Whether it promises maps of the pictures' size by enlarging features by their stride.
    private(set) var enlargesByStride = false

    /// Creates a kind of decoder that reads the last stage.
    ///
    /// - Parameter makeModule: builds it for so many channels of features.
    public init(_ makeModule: @escaping @Sendable (_ inputs: Int, RandomStream) -> any Head) {
      self.init(readingStages: { stages, random in makeModule(stages.last?.channels ?? 0, random) })
    }

    /// Creates a kind of decoder that may read several stages.
    ///
    /// - Parameter makeModule: builds it for the stages of an encoder, of which the head says which it reads.
    public init(readingStages makeModule: @escaping @Sendable ([EncoderStage], RandomStream) -> any Head) {
      self.makeModule = makeModule
    }

    /// ``FCN32Decoder``, which enlarges by the stride of the encoder's last stage.
    ///
    /// Pictures, as the encoder's preprocessing makes them, have sides that are multiples of that stride.
    public static func fcn32(classes: Int = 1, penalty: L2? = L2(1e-4)) -> Decoder {
      Decoder(readingStages: { stages, random in
        FCN32Decoder(
          inputs: stages.last?.channels ?? 0, stride: stages.last?.stride ?? 32, classes: classes,
          penalty: penalty, random: random)
      }).named(fcn32Name).enlarging()
    }

    /// ``FCNDecoder``, with the two wide convolutions of the original.
    ///
    /// Pictures, as the encoder's preprocessing makes them, have sides that are multiples of the last stage's stride.
    public static func fcn(
      _ variant: FCNDecoder.Variant, classes: Int = 1, hiddenUnits: Int = 4096
    ) -> Decoder {
      Decoder(readingStages: {
        FCNDecoder(variant, stages: $0, classes: classes, hiddenUnits: hiddenUnits, random: $1)
      }).named(variant.rawValue).enlarging()
    }

    static let fcn32Name = "fcn32"
    static let pooledName = "pooled"

    func named(_ name: String) -> Decoder {
      var decoder = self
      decoder.name = name
      return decoder
    }

    private func enlarging() -> Decoder {
      var decoder = self
      decoder.enlargesByStride = true
      return decoder
    }

    /// Why the maps would not have the size of an encoder's pictures; nil where they have.
    func misfit(with encoder: any ImageEncoder) -> String? {
      let (last, size) = (encoder.lastStage, encoder.preprocessing)
      let features = encoder.outputShape(of: last.name)
      let maps = (height: features[0] * last.stride, width: features[1] * last.stride)
      guard enlargesByStride, maps != (size.height, size.width) else { return nil }
      return
        "this decoder would make maps of \(maps.width)×\(maps.height) for pictures of \(size.width)×\(size.height), "
        + "because the encoder's last stage, \(last.name), has features of \(features[1])×\(features[0]) and a stride of "
        + "\(last.stride)"
    }
  }

  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// What turns features into logits.
  public let head: any Head
  /// What the classes are called, in the order of the logits, where that is known.
  public private(set) var classNames: [String]?
  private let decoderName: String?

  /// Creates a network with a fresh decoder.
  ///
  /// - Parameters:
  ///   - encoder: whose features are decoded.
  ///   - decoder: which.
  ///   - classNames: what the classes are called, in the order of the logits.
  ///   - random: what the decoder is drawn from.
  public init(
    encoder: any ImageEncoder, decoder: Decoder = .fcn32(), classNames: [String]? = nil,
    random: RandomStream = RandomStream(seed: 0)
  ) {
    if let misfit = decoder.misfit(with: encoder) {
      misused("With this encoder, \(misfit): prepare pictures whose sides are multiples of the stride.")
    }
    self.encoder = encoder
    self.classNames = classNames
    head = decoder.makeModule(encoder.stages, random)
    decoderName = decoder.name
  }

  /// What there is to say about the encoder, the kind of the decoder, and the names of the classes.
  public var metadata: [String: String] {
    encoder.metadata.merging(ModelCard(classNames: classNames, head: decoderName).metadata) { own, _ in own }
  }

  /// Takes over the names of the classes where none are known.
  public func adopt(_ card: ModelCard) { classNames = classNames ?? card.classNames }

  /// `encoder`, then `decoder`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("decoder", head)] }
}
