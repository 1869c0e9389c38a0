import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// VGG-Face up to its embeddings: the convolutions of VGG16, then two dense layers, trained to tell 2,622 people apart
/// (Parkhi, Vedaldi and Zisserman, "Deep face recognition", BMVC 2015).
///
/// For 224×224×3: block1 … block5 as in ``VGG``, then fc6 and fc7, 1×1×4096 each, with a ReLU and, in training, a
/// dropout of one half. Parameters lie at `block5.conv3.kernel`, `fc6.kernel` and so on. The dense layers are stages like
/// the blocks: they can be frozen, tapped and cached, and a new head on the embeddings is a head like any other.
///
/// ```swift
/// let network = try VGGFace.classifier(weights: .file("VGG_FACE.caffemodel"))
/// let people = network.logits(of: [picture])                     // 1×2622
/// let encoder = try VGGFace(weights: .file("VGG_FACE.caffemodel"))
/// let embedding = encoder.embeddings(of: [picture])              // 1×4096
/// ```
public final class VGGFace: ImageEncoder {
  /// How wide a network is.
  public struct Size: Hashable, Sendable, Codable {
    /// Channels of the first block.
    public let width: Int
    /// Of fc6 and of fc7.
    public let hiddenUnits: Int

    /// Creates a size; the published network's unless said otherwise.
    public init(width: Int = 64, hiddenUnits: Int = 4096) {
      self.width = width
      self.hiddenUnits = hiddenUnits
    }

    var architecture: Architecture {
      let size = self == Size() ? "" : ", \(width) channels and \(hiddenUnits) units wide"
      return Architecture(VGGFace.family, settings: self, title: "VGG-Face" + size)
    }
  }

  /// How wide this one is.
  public let size: Size
  /// block1 … block5, fc6, fc7.
  public let stages: [EncoderStage]
  /// Blue, green, red minus the means of the faces that it was trained on.
  public let preprocessing: Preprocessing

  /// Creates a VGG-Face with random weights.
  ///
  /// - Parameters:
  ///   - size: how wide; the published network by default.
  ///   - preprocessing: how pictures become its input; their size decides how many inputs fc6 has.
  ///   - random: what the kernels are drawn from.
  public init(
    size: Size = Size(), preprocessing: Preprocessing = .vggFace, random: RandomStream = RandomStream(seed: 0)
  ) {
    self.size = size
    self.preprocessing = preprocessing
    let body = VGG(
      .vgg16, width: size.width, preprocessing: preprocessing, roundingPoolsUp: true,
      random: random.child("body"))
    let map = Self.featureMap(width: size.width, preprocessing)
    let inputs = [map.reduce(1, *), size.hiddenUnits]
    let wholePicture = max(preprocessing.height, preprocessing.width)
    stages =
      body.stages
      + zip(["fc6", "fc7"], inputs).map { name, inputs in
        let layer = EmbeddingLayer(inputs: inputs, outputs: size.hiddenUnits, random: random.child(name))
        return EncoderStage(
          name, layer, channels: size.hiddenUnits, stride: wholePicture, outputLength: { _ in 1 })
      }
  }

  static let family = "vgg_face"

  /// How wide it is.
  public var architecture: Architecture { size.architecture }

  /// Height, width and channels of what fc6 sees.
  static func featureMap(width: Int, _ preprocessing: Preprocessing) -> [Int] {
    func side(_ length: Int) -> Int { (length + 31) / 32 }
    return [side(preprocessing.height), side(preprocessing.width), 8 * width]
  }

  /// What describes the faces in pictures: the output of fc7, on the compute thread.
  ///
  /// - Parameter pictures: of any size; a face should fill each, as it does the training pictures.
  /// - Returns: N,4096.
  public func embeddings(of pictures: [Picture]) -> Tensor {
    features(of: pictures, through: lastStage.name).flattened()
  }
}

/// A dense layer on a flattened map, with a ReLU and, in training, a dropout of one half, as a map of 1×1: N,1,1,C from
/// N,H,W,C. Parameters are the dense layer's.
private final class EmbeddingLayer: Module {
  private let dense: Dense
  private let dropout = Dropout(rate: 0.5)

  init(inputs: Int, outputs: Int, random: RandomStream) {
    dense = Dense(inputs: inputs, outputs: outputs, activation: .relu, random: random)
  }

  var members: [Member] { dense.members }

  /// On all pictures at once: the kernel is hundreds of megabytes, and is read once.
  var inferencePlan: [InferenceStep] { [.layer(self, needsWholeBatch: true)] }

  func operationCount(forOutput shape: Tensor.Shape) -> Int { dense.operationCount(forOutput: shape) }

  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let units = dropout(dense(input.flattened(), context), context)
    let map = units.reshaped(to: [units.shape[0], 1, 1, units.shape[1]])
    return context.observed(map, of: self)
  }
}

extension Preprocessing {
  /// 224×224, blue, green, red, minus the means of VGG-Face's training pictures, not divided.
  public static let vggFace = Preprocessing(style: .vggFace)
}

extension Preprocessing.Style {
  /// Blue, green, red, minus the means of VGG-Face's training pictures (129.1863, 104.7624, 93.5940 in red, green, blue),
  /// not divided.
  public static let vggFace = Preprocessing.Style(channelOrder: .bgr, mean: [93.5940, 104.7624, 129.1863])
}
