import GraftTensor

/// The largest value in each window of an image.
///
/// Input N,H,W,C; output N,H′,W′,C. No parameters.
public final class MaxPool2D: Module {
  /// Height and width of the window.
  public let window: (Int, Int)
  /// Vertical and horizontal.
  public let strides: (Int, Int)
  /// The border around the images, which never holds the largest value.
  public let padding: Padding
  /// Whether a last window may hang over the border, as in Caffe (`ceil_mode` in PyTorch).
  public let ceiling: Bool

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - window: height and width.
  ///   - strides: vertical and horizontal; the window's size by default.
  ///   - padding: none by default.
  ///   - ceiling: whether a last window may hang over the border.
  public init(
    window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid, ceiling: Bool = false
  ) {
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
    self.ceiling = ceiling
  }

  /// Creates the layer with a square window, of 2×2 by default, and the same stride both ways; the rest is as in ``init(window:strides:padding:ceiling:)``.
  public convenience init(
    window: Int = 2, stride: Int? = nil, padding: Padding = .valid, ceiling: Bool = false
  ) {
    self.init(
      window: (window, window), strides: stride.map { ($0, $0) }, padding: padding, ceiling: ceiling)
  }

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// The layer itself, which takes bfloat16, too: choosing the largest number rounds nothing.
  public var inferencePlan: [InferenceStep] { [.layer(self, takesBFloat16: true)] }

  /// Computes N,H′,W′,C from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(
      maxPooling2D(input, window: window, strides: strides, padding: padding, ceiling: ceiling), of: self)
  }
}
