import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// The classifier of the paper's section 3.2 on an encoder: flatten (on a ResNet, the mean over the image), a dense layer of
/// 10 units with ReLU (5 for VGG16), one of 5 with sigmoid, and two logits: 0 female, 1 male.
///
/// Trained with softmax cross entropy, which for two classes is the paper's binary cross entropy over softmax.
public final class GenderClassifier: GraftedNetwork {
  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// Everything behind it.
  public var head: any Head { classifier }
  private let classifier: Sequential
  /// What the classes are called, in the order of the logits, where that is known.
  public private(set) var classNames: [String]?

  /// Creates a classifier with a random head.
  ///
  /// - Parameters:
  ///   - encoder: whose last stage is flattened or averaged.
  ///   - poolsFeatures: whether the last stage is averaged over the image, as a ResNet's own classifier does.
  ///   - hiddenUnits: of the first dense layer: 10, or 5 for VGG16 (the paper's Table 3.1).
  ///   - classNames: what the classes are called, in the order of the logits.
  ///   - random: what the head is drawn from.
  public init(
    _ encoder: any ImageEncoder, poolsFeatures: Bool = false, hiddenUnits: Int = 10,
    classNames: [String]? = nil, random: RandomStream = RandomStream(seed: 0)
  ) {
    self.encoder = encoder
    self.classNames = classNames
    let features =
      poolsFeatures
      ? encoder.lastStage.channels : encoder.outputShape(of: encoder.lastStage.name).scalarCount
    classifier = Sequential([
      poolsFeatures ? ("pool", GlobalAveragePool2D()) : ("flatten", Flatten()),
      (
        "fc1",
        Dense(inputs: features, outputs: hiddenUnits, activation: .relu, random: random.child("fc1"))
      ),
      ("fc2", Dense(inputs: hiddenUnits, outputs: 5, activation: .sigmoid, random: random.child("fc2"))),
      ("logits", Dense(inputs: 5, outputs: 2, random: random.child("logits"))),
    ])
  }

  /// What there is to say about the encoder, that this is a gender classifier, and the names of the classes.
  public var metadata: [String: String] {
    encoder.metadata.merging(ModelCard(classNames: classNames, head: "gender").metadata) { own, _ in own }
  }

  /// Takes over the names of the classes where none are known.
  public func adopt(_ card: ModelCard) { classNames = classNames ?? card.classNames }

  /// `encoder`, then `classifier`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("classifier", classifier)] }
}
