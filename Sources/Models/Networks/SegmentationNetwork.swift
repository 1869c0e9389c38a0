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
  /// A kind of decoder: a head that gives maps.
  public typealias Decoder = HeadKind

  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// What turns features into logits, N,H,W,classes.
  public let head: any Head
  /// What the classes are called, in the order of the logits, where that is known.
  public private(set) var classNames: [String]?
  private let headArchitecture: Architecture?

  /// Creates a network with a fresh decoder. One that cannot work on the encoder, as one whose maps would not have the size of
  /// the pictures, is a mistake, and ends the program.
  ///
  /// - Parameters:
  ///   - encoder: whose features are decoded.
  ///   - decoder: which kind.
  ///   - classNames: what the classes are called, in the order of the logits.
  ///   - random: what the decoder is drawn from.
  public init(
    encoder: any ImageEncoder, decoder: Decoder = .fcn32(), classNames: [String]? = nil,
    random: RandomStream = RandomStream(seed: 0)
  ) {
    self.encoder = encoder
    self.classNames = classNames
    head = decoder.head(for: encoder, random: random)
    headArchitecture = decoder.architecture
  }

  /// What there is to say about the encoder, the kind of the decoder, and the names of the classes.
  public var metadata: [String: String] {
    let card = ModelCard(classNames: classNames, head: headArchitecture)
    return encoder.metadata.merging(card.metadata) { own, _ in own }
  }

  /// Takes over the names of the classes where none are known.
  public func adopt(metadata: [String: String]) {
    classNames = classNames ?? ModelCard(metadata: metadata).classNames
  }

  /// `encoder`, then `decoder`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("decoder", head)] }
}
