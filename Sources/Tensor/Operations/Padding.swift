/// How the border of an image is treated by a convolution or a pooling.
public enum Padding: Hashable, Sendable, Codable {
  /// None: windows lie inside of the image.
  case valid
  /// As much as makes the output ⌈input / stride⌉ long; where that is odd, the extra row and column come after, as in
  /// Keras and TensorFlow (and unlike PyTorch).
  case same
  /// So many rows and columns on each side.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// As many on every side, as PyTorch and Caffe have it.
  public static func symmetric(_ count: Int) -> Padding {
    .explicit(top: count, bottom: count, left: count, right: count)
  }
}
