import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// An encoder with a classifier: pictures go in, a logit for each class comes out.
///
/// ```swift
/// let network = try ResNet.classifier(.resNet50, weights: .file("resnet50-0676ba61.pth"))
/// let probabilities = softmax(network.logits(of: [picture]))  // 1×1,000
/// ```
public final class ClassificationNetwork: GraftedNetwork {
  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// What turns the features of the last stage, N,H,W,C, into logits, N,classes.
  public let top: any Head
  /// What the classes are called, in the order of the logits, where that is known.
  public private(set) var classNames: [String]?
  private let headArchitecture: Architecture?

  private init(
    _ encoder: any ImageEncoder, _ top: any Head, _ headArchitecture: Architecture?, _ classNames: [String]?
  ) {
    self.encoder = encoder
    self.top = top
    self.headArchitecture = headArchitecture
    self.classNames = classNames
  }

  /// Puts a top on an encoder. Files do not say of which kind it is: it is the encoder's own, such as ``VGG/top``, or one that
  /// a reader makes itself.
  ///
  /// - Parameters:
  ///   - encoder: whose features are classified.
  ///   - top: on them.
  ///   - classNames: what the classes are called, in the order of the logits.
  public convenience init(encoder: any ImageEncoder, top: any Head, classNames: [String]? = nil) {
    self.init(encoder, top, nil, classNames)
  }

  /// Creates a network with a fresh head.
  ///
  /// - Parameters:
  ///   - encoder: whose features are classified.
  ///   - head: which kind.
  ///   - classNames: what the classes are called, in the order of the logits.
  ///   - random: what the head is drawn from.
  public convenience init(
    encoder: any ImageEncoder, head: HeadKind, classNames: [String]? = nil,
    random: RandomStream = RandomStream(seed: 0)
  ) {
    self.init(encoder, head.head(for: encoder, random: random), head.architecture, classNames)
  }

  /// The classifier of the paper's section 3.2 on an encoder; see ``HeadKind/gender(poolsFeatures:hiddenUnits:)``.
  ///
  /// - Parameters:
  ///   - encoder: whose last stage is flattened or averaged.
  ///   - poolsFeatures: whether the last stage is averaged over the image, as a ResNet's own classifier does.
  ///   - hiddenUnits: of the first dense layer: 10, or 5 for VGG16 (the paper's Table 3.1).
  ///   - classNames: what the classes are called, in the order of the logits.
  ///   - random: what the head is drawn from.
  public static func gender(
    _ encoder: any ImageEncoder, poolsFeatures: Bool = false, hiddenUnits: Int = 10,
    classNames: [String]? = nil, random: RandomStream = RandomStream(seed: 0)
  ) -> ClassificationNetwork {
    ClassificationNetwork(
      encoder: encoder, head: .gender(poolsFeatures: poolsFeatures, hiddenUnits: hiddenUnits),
      classNames: classNames, random: random)
  }

  /// Takes over the names of the classes where none are known.
  public func adopt(metadata: [String: String]) {
    classNames = classNames ?? ModelCard(metadata: metadata).classNames
  }

  /// The top.
  public var head: any Head { top }

  /// `encoder`, then `top`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("top", top)] }

  /// What there is to say about the encoder, the kind of the head, and the names of the classes.
  public var metadata: [String: String] {
    let card = ModelCard(classNames: classNames, head: headArchitecture)
    return encoder.metadata.merging(card.metadata) { own, _ in own }
  }

  /// The logits of decoded pictures, with the preprocessing that came with the weights, on the compute thread.
  ///
  /// - Parameters:
  ///   - pictures: of any size.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: N,classes.
  public func logits(of pictures: [Picture], _ context: Context = .inference) -> Tensor {
    let input = encoder.preprocessing.tensor(of: pictures)
    return ComputeThread.run { self(input, context).rowMajor }
  }
}
