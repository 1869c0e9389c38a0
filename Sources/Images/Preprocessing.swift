import GraftTensor

/// How pictures become the input of a network: size, resize filter, and the style of its numbers.
///
/// It belongs to the weights: a network that sees other numbers than those that it was trained on loses accuracy
/// without a word.
///
/// ```swift
/// let input = Preprocessing.caffe.tensor(of: [picture])  // 1×224×224×3
/// ```
public struct Preprocessing: Sendable, Hashable {
  /// The size of the input, in pixels.
  public let width, height: Int
  /// How pictures of other sizes are brought to it.
  public let filter: ResizeFilter
  /// How its numbers are made.
  public let style: Style

  /// Creates a preprocessing; 224×224 pixels, bilinear, unless said otherwise.
  public init(width: Int = 224, height: Int = 224, filter: ResizeFilter = .bilinear, style: Style = .caffe) {
    require(width > 0 && height > 0, "A network's input cannot have \(width)×\(height) pixels.")
    self.width = width
    self.height = height
    self.filter = filter
    self.style = style
  }

  /// 224×224 in Caffe's style.
  public static let caffe = Preprocessing(style: .caffe)
  /// 224×224 in TensorFlow's style.
  public static let tensorFlow = Preprocessing(style: .tensorFlow)
  /// 224×224 in torchvision's style.
  public static let torch = Preprocessing(style: .torch)
}

extension Preprocessing {
  /// Which channel comes first in a network's input.
  public enum ChannelOrder: String, Sendable, Codable {
    case rgb
    case bgr
  }

  /// How a channel's byte becomes a number: (byte / divisor - mean) / standard deviation.
  public struct Style: Sendable, Hashable {
    /// Which channel comes first.
    public let channelOrder: ChannelOrder
    /// What bytes are divided by before the mean is subtracted.
    public let divisor: Float
    /// What is subtracted from each channel, in the order of the input.
    public let mean: SIMD3<Float>
    /// What each channel is divided by in the end, in the order of the input.
    public let standardDeviation: SIMD3<Float>

    /// Creates a style; all values are finite, and neither divisor is 0.
    public init(
      channelOrder: ChannelOrder, divisor: Float = 1, mean: SIMD3<Float> = .zero,
      standardDeviation: SIMD3<Float> = .one
    ) {
      self.channelOrder = channelOrder
      self.divisor = divisor
      self.mean = mean
      self.standardDeviation = standardDeviation
      require(isUsable, "A preprocessing cannot divide by 0 or subtract what is not a number: \(self).")
    }

    /// Blue, green, red, minus ImageNet's means, not divided: VGG and ResNet-50 of Keras (`preprocess_input`, mode caffe).
    public static let caffe = Style(channelOrder: .bgr, mean: [103.939, 116.779, 123.68])
    /// Red, green, blue between -1 and 1: Inception and MobileNet of Keras (`preprocess_input`, mode tf).
    public static let tensorFlow = Style(channelOrder: .rgb, divisor: 127.5, mean: .one)
    /// Red, green, blue between 0 and 1, minus ImageNet's means and over its deviations: torchvision's networks.
    public static let torch = Style(
      channelOrder: .rgb, divisor: 255, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

    var isUsable: Bool {
      let divisors = [divisor] + (0..<3).map { standardDeviation[$0] }
      return divisors.allSatisfy { $0.isFinite && $0 != 0 } && (0..<3).allSatisfy { mean[$0].isFinite }
    }

    /// What a byte becomes in each channel of the input: 3 · 256 numbers.
    var table: [Float] {
      (0..<3).flatMap { channel in
        (0..<256).map { (Float($0) / divisor - mean[channel]) / standardDeviation[channel] }
      }
    }
  }
}
