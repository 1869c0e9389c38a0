import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// VGG without its classifier: five blocks of 3×3 convolutions, each ended by a 2×2 max pooling (Simonyan and
/// Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014, arXiv:1409.1556).
///
/// For 224×224×3: block1 112×112×64, block2 56×56×128, block3 28×28×256, block4 14×14×512, block5 7×7×512. Parameters
/// lie at `block5.conv4.kernel` and the like: Keras' names with a dot for the first underscore.
///
/// ```swift
/// let encoder = try VGG.vgg19(weights: .file("vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"))
/// let features = encoder.features(of: [picture], through: "block5")  // 1×7×7×512
/// ```
public final class VGG: ImageEncoder {
  /// How deep it is.
  public enum Depth: String, Sendable, Codable, CaseIterable {
    case vgg16, vgg19

    /// How many convolutions each block has.
    public var convolutions: [Int] {
      switch self {
      case .vgg16: [2, 2, 3, 3, 3]
      case .vgg19: [2, 2, 4, 4, 4]
      }
    }

    /// As the papers write it, for people.
    public var title: String {
      switch self {
      case .vgg16: "VGG16"
      case .vgg19: "VGG19"
      }
    }
  }

  /// How deep this one is.
  public let depth: Depth
  /// block1 … block5.
  public let stages: [Stage]
  /// What its weights were trained with: B,G,R minus ImageNet's means.
  public let preprocessing: Preprocessing
  private let blocks: [Sequential]

  /// Creates a VGG with random weights.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - width: channels of the first block; 64 is the published network, fewer make a narrow one of the same form.
  ///   - preprocessing: how pictures become its input.
  ///   - roundingPoolsUp: whether a last pooling window may hang over the border, as in Caffe; it matters for pictures
  ///     whose sides are no multiples of 32.
  ///   - random: what the kernels are drawn from.
  public init(
    _ depth: Depth, width: Int = 64, preprocessing: Preprocessing = .caffe, roundingPoolsUp: Bool = false,
    random: RandomStream = RandomStream(seed: 0)
  ) {
    self.depth = depth
    self.preprocessing = preprocessing
    let channels = [width, 2 * width, 4 * width, 8 * width, 8 * width]
    stages = channels.enumerated().map { index, channels in
      Stage(name: "block\(index + 1)", channels: channels, stride: 2 << index)
    }
    blocks = depth.convolutions.enumerated().map { index, count in
      VGG.block(
        convolutions: count, inputs: index == 0 ? 3 : channels[index - 1], outputs: channels[index],
        roundingUp: roundingPoolsUp, random: random.child("block", index))
    }
  }

  private static func block(
    convolutions count: Int, inputs: Int, outputs: Int, roundingUp: Bool, random: RandomStream
  ) -> Sequential {
    let convolutions = (1...count).map { number in
      let layer = Conv2D(
        inputs: number == 1 ? inputs : outputs, outputs: outputs, kernelSize: 3, padding: .same,
        activation: .relu,
        random: random.child("conv", number))
      return (name: "conv\(number)", layer: layer as any Module)
    }
    return Sequential(convolutions + [("pool", MaxPool2D(window: 2, ceiling: roundingUp))])
  }

  /// The five blocks.
  public var members: [Member] { zip(stages, blocks).map { .layer($0.name, $1) } }

  /// Runs a range of blocks.
  public func features(
    of input: Tensor, from: Stage.Name?, through: Stage.Name, _ context: Context
  ) -> Tensor {
    let first = from.map(index(of:)) ?? 0
    return blocks[first...index(of: through)].reduce(input) { $1($0, context) }
  }
}
