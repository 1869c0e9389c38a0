import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A residual network without its classifier (He, Zhang, Ren and Sun, "Deep residual learning for image recognition",
/// 2016, arXiv:1512.03385).
///
/// Stages of ResNet-50 for 224×224×3: conv1 112×112×64, conv2 (which begins with the pooling) 56×56×256, conv3 28×28×512,
/// conv4 14×14×1,024, conv5 7×7×2,048. Parameters lie at `conv1.conv.kernel`, `conv3.block2.branch.conv1.kernel`,
/// `conv3.block1.shortcut.conv.kernel`, and with `bn` in place of `conv` at those of the batch normalisations.
///
/// ```swift
/// let encoder = try ResNet.resNet50(weights: .file("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"))
/// encoder.freeze(through: "conv4")  // frozen batch normalisations use their stored statistics
/// ```
public final class ResNet: ImageEncoder {
  /// How deep it is.
  public enum Depth: String, Sendable, Codable, CaseIterable {
    case resNet18, resNet34, resNet50, resNet101, resNet152

    /// How many blocks conv2, conv3, conv4 and conv5 have.
    public var blocks: [Int] {
      switch self {
      case .resNet18: [2, 2, 2, 2]
      case .resNet34, .resNet50: [3, 4, 6, 3]
      case .resNet101: [3, 4, 23, 3]
      case .resNet152: [3, 8, 36, 3]
      }
    }

    /// Whether a block has 1×1, 3×3 and 1×1 convolutions, and four times as many channels at its end, rather than two 3×3
    /// ones.
    public var hasBottlenecks: Bool { self != .resNet18 && self != .resNet34 }

    /// As the paper writes it, for people.
    public var title: String { "ResNet-" + rawValue.dropFirst("resNet".count) }
  }

  /// Whose network it is. The shapes of their weights agree, or nearly; what they compute does not.
  public enum Variant: String, Sendable, Codable, CaseIterable {
    /// Keras 2.0 to 2.2.2: the stride lies in a block's first 1×1 convolution, convolutions have biases, ε is 1e-3, and the
    /// pooling is not padded. What the published weights of 2017 and 2018 ran in.
    case kerasUnpadded
    /// The same weights with a padded pooling: keras-applications from 1.0.6 until the weights of 2019.
    case kerasPadded
    /// keras-applications since 2019, tf.keras and Keras 3: as `kerasPadded`, with ε 1.001e-5 and other weights.
    case keras
    /// torchvision, "v1.5": the stride lies in a block's 3×3 convolution, convolutions have no biases, ε is 1e-5.
    case torchvision

    var epsilon: Float {
      switch self {
      case .kerasUnpadded, .kerasPadded: 1e-3
      case .keras: 1.001e-5
      case .torchvision: 1e-5
      }
    }

    var title: String {
      switch self {
      case .kerasUnpadded: "Keras until 2018, unpadded pooling"
      case .kerasPadded: "Keras until 2018, padded pooling"
      case .keras: "Keras since 2019"
      case .torchvision: "torchvision"
      }
    }
  }

  /// How deep this one is.
  public let depth: Depth
  /// Whose network it is.
  public let variant: Variant
  /// Channels of the stem.
  public let width: Int
  /// conv1 … conv5.
  public let stages: [EncoderStage]
  /// What its weights were trained with.
  public let preprocessing: Preprocessing

  /// Creates a network with random weights.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - variant: whose; with 18 and 34 layers there is only torchvision's.
  ///   - width: channels of the stem; 64 is the published network, fewer make a narrow one of the same form.
  ///   - preprocessing: how pictures become its input; as whoever made the variant has it, if not given.
  ///   - random: what the kernels are drawn from.
  public init(
    _ depth: Depth, variant: Variant, width: Int = 64, preprocessing: Preprocessing? = nil,
    random: RandomStream = RandomStream(seed: 0)
  ) {
    require(
      depth.hasBottlenecks || variant == .torchvision,
      "\(depth.title) is torchvision's; there is none for \(variant).")
    self.depth = depth
    self.variant = variant
    self.width = width
    self.preprocessing = preprocessing ?? (variant == .torchvision ? .torch : .caffe)
    let builder = ResNetBuilder(depth: depth, variant: variant)
    let channels = (0..<4).map { (width << $0) * builder.expansion }
    let parts =
      [builder.stem(width: width, random: random.child("conv", 1))]
      + (0..<4).map { index in
        builder.stage(
          index, inputs: index == 0 ? width : channels[index - 1], width: width << index,
          random: random.child("conv", index + 2))
      }
    stages = zip([width] + channels, parts).enumerated().map { index, stage in
      EncoderStage(
        "conv\(index + 1)", stage.1, channels: stage.0, stride: 2 << index,
        outputLength: { Self.length(of: $0, after: index, variant) })
    }
  }

  /// Each stage halves the sides, rounded up; but the unpadded pooling, with which conv2 begins, rounds down.
  private static func length(of pixels: Int, after last: Int, _ variant: Variant) -> Int {
    (0...last).reduce(pixels) { length, index in
      index == 1 && variant == .kerasUnpadded ? (length - 3) / 2 + 1 : (length + 1) / 2
    }
  }

  /// The classifying layers: the mean over the image, then `predictions`, which gives logits.
  ///
  /// - Parameters:
  ///   - inputs: channels of the last stage: 2,048 with bottlenecks, else 512.
  ///   - classes: how many logits there are.
  ///   - random: what the kernel is drawn from.
  public static func top(inputs: Int, classes: Int = 1000, random: RandomStream = RandomStream(seed: 0))
    -> Sequential
  {
    Sequential([
      ("pool", GlobalAveragePool2D()),
      ("predictions", Dense(inputs: inputs, outputs: classes, random: random.child("predictions"))),
    ])
  }

  /// What tells one residual network from another.
  struct Settings: Codable {
    var depth: Depth
    var variant: Variant
    var width = 64

    var architecture: Architecture {
      let title = "\(depth.title) (\(variant.title))" + (width == 64 ? "" : ", \(width) channels wide")
      return Architecture(ResNet.family, settings: self, title: title)
    }
  }

  static let family = "resnet"

  /// Depth, whose network it is, and width.
  public var architecture: Architecture {
    Settings(depth: depth, variant: variant, width: width).architecture
  }
}
