import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// VGG without its classifier: five blocks of 3×3 convolutions, each ended by a 2×2 max pooling (Simonyan and
/// Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014, arXiv:1409.1556).
///
/// For 224×224×3: block1 112×112×64, block2 56×56×128, block3 28×28×256, block4 14×14×512, block5 7×7×512. Parameters
/// lie at `block5.conv4.kernel` and the like: Keras' names with a dot for the first underscore; those of a batch
/// normalisation at `block5.bn4.gamma`.
///
/// ```swift
/// let encoder = try VGG.vgg19(weights: .file("vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"))
/// let features = encoder.features(of: [picture], through: "block5")  // 1×7×7×512
/// ```
public final class VGG: ImageEncoder {
  /// How deep it is.
  public enum Depth: String, Sendable, Codable, CaseIterable {
    case vgg11, vgg13, vgg16, vgg19

    /// How many convolutions each block has.
    public var convolutions: [Int] {
      switch self {
      case .vgg11: [1, 1, 2, 2, 2]
      case .vgg13: [2, 2, 2, 2, 2]
      case .vgg16: [2, 2, 3, 3, 3]
      case .vgg19: [2, 2, 4, 4, 4]
      }
    }

    /// As the papers write it, for people.
    public var title: String { rawValue.uppercased() }
  }

  /// What follows each convolution.
  public enum Variant: String, Sendable, Codable, CaseIterable {
    /// A ReLU, as in the paper.
    case plain
    /// A batch normalisation (ε 1e-5) and a ReLU, as in torchvision's `vgg19_bn`.
    case batchNormalized
  }

  /// How deep this one is.
  public let depth: Depth
  /// What follows each convolution.
  public let variant: Variant
  /// Channels of the first block.
  public let width: Int
  /// block1 … block5.
  public let stages: [EncoderStage]
  /// What its weights were trained with: B,G,R minus ImageNet's means.
  public let preprocessing: Preprocessing
  /// Whether a last pooling window may hang over the border, as in Caffe.
  public let roundsPoolsUp: Bool

  /// Creates a VGG with random weights.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - variant: what follows each convolution; nothing but a ReLU by default.
  ///   - width: channels of the first block; 64 is the published network, fewer make a narrow one of the same form.
  ///   - preprocessing: how pictures become its input.
  ///   - roundingPoolsUp: whether a last pooling window may hang over the border, as in Caffe; it matters for pictures
  ///     whose sides are no multiples of 32.
  ///   - random: what the kernels are drawn from.
  public init(
    _ depth: Depth, variant: Variant = .plain, width: Int = 64, preprocessing: Preprocessing = .caffe,
    roundingPoolsUp: Bool = false, random: RandomStream = RandomStream(seed: 0)
  ) {
    self.depth = depth
    self.variant = variant
    self.width = width
    self.preprocessing = preprocessing
    roundsPoolsUp = roundingPoolsUp
    let channels = [width, 2 * width, 4 * width, 8 * width, 8 * width]
    stages = depth.convolutions.enumerated().map { index, count in
      let block = VGG.block(
        convolutions: count, inputs: index == 0 ? 3 : channels[index - 1], outputs: channels[index], variant,
        roundingUp: roundingPoolsUp, random: random.child("block", index))
      let stride = 2 << index
      return EncoderStage(
        "block\(index + 1)", block, channels: channels[index], stride: stride,
        outputLength: { ($0 + (roundingPoolsUp ? stride - 1 : 0)) / stride })
    }
  }

  private static func block(
    convolutions count: Int, inputs: Int, outputs: Int, _ variant: Variant, roundingUp: Bool,
    random: RandomStream
  ) -> Sequential {
    let convolutions = (1...count).flatMap { number -> [(name: String, layer: any Module)] in
      let convolution = Conv2D(
        inputs: number == 1 ? inputs : outputs, outputs: outputs, kernelSize: 3, padding: .same,
        activation: variant == .plain ? .relu : .linear, random: random.child("conv", number))
      guard variant == .batchNormalized else { return [("conv\(number)", convolution)] }
      return [
        ("conv\(number)", convolution),
        ("bn\(number)", BatchNorm(channels: outputs, epsilon: 1e-5, momentum: .pyTorch())),
        ("relu\(number)", Activation(.relu)),
      ]
    }
    return Sequential(convolutions + [("pool", MaxPool2D(window: 2, ceiling: roundingUp))])
  }

  /// The classifying layers: `fc1` and `fc2`, each with a ReLU and, in training, a dropout of one half, as the authors
  /// trained them (Keras' have none); then `predictions`, which gives logits. Features of another size than the dense
  /// layers were made for are first brought to it by their means, as torchvision does, and flattened in the order H,W,C.
  ///
  /// - Parameters:
  ///   - channels: of the last stage's output.
  ///   - side: height and width of the features that the dense layers were made for: 7 for pictures of 224×224.
  ///   - hiddenUnits: of `fc1` and of `fc2`.
  ///   - classes: how many logits there are.
  ///   - random: what the kernels are drawn from.
  public static func top(
    channels: Int = 512, side: Int = 7, hiddenUnits: Int = 4096, classes: Int = 1000,
    random: RandomStream = RandomStream(seed: 0)
  ) -> Sequential {
    func dense(_ name: String, _ inputs: Int, _ outputs: Int, _ activation: ActivationFunction) -> Dense {
      Dense(inputs: inputs, outputs: outputs, activation: activation, random: random.child(name))
    }
    return Sequential([
      ("pool", AdaptiveAveragePool2D(height: side, width: side)), ("flatten", Flatten()),
      ("fc1", dense("fc1", side * side * channels, hiddenUnits, .relu)), ("dropout1", Dropout(rate: 0.5)),
      ("fc2", dense("fc2", hiddenUnits, hiddenUnits, .relu)), ("dropout2", Dropout(rate: 0.5)),
      ("predictions", dense("predictions", hiddenUnits, classes, .linear)),
    ])
  }

  /// What tells one VGG from another.
  struct Settings: Codable {
    var depth: Depth
    var variant = Variant.plain
    var width = 64
    var roundsPoolsUp = false

    var architecture: Architecture {
      let title =
        depth.title + (variant == .batchNormalized ? " with batch normalisation" : "")
        + (roundsPoolsUp ? ", poolings rounded up" : "") + (width == 64 ? "" : ", \(width) channels wide")
      return Architecture(VGG.family, settings: self, title: title)
    }
  }

  static let family = "vgg"

  /// Depth, variant, width, and whether its poolings round up.
  public var architecture: Architecture {
    Settings(depth: depth, variant: variant, width: width, roundsPoolsUp: roundsPoolsUp).architecture
  }
}
