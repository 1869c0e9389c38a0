import GraftTensor

/// The mean of each window of an image.
///
/// Input N,H,W,C; output N,H′,W′,C. No parameters.
public final class AveragePool2D: Module {
  /// Height and width of the window.
  public let window: (Int, Int)
  /// Vertical and horizontal.
  public let strides: (Int, Int)
  /// The border around the images.
  public let padding: Padding
  /// Whether a last window may hang over the border.
  public let ceiling: Bool
  /// Whether padding counts as zeros.
  public let countingPadding: Bool

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - window: height and width.
  ///   - strides: vertical and horizontal; the window's size by default.
  ///   - padding: none by default.
  ///   - ceiling: whether a last window may hang over the border.
  ///   - countingPadding: whether padding counts as zeros (PyTorch's default) or not at all (Keras').
  public init(
    window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid, ceiling: Bool = false,
    countingPadding: Bool = false
  ) {
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
    self.ceiling = ceiling
    self.countingPadding = countingPadding
  }

  /// Creates the layer with a square window, of 2×2 by default, and the same stride both ways; the rest is as above.
  public convenience init(
    window: Int = 2, stride: Int? = nil, padding: Padding = .valid, ceiling: Bool = false,
    countingPadding: Bool = false
  ) {
    self.init(
      window: (window, window), strides: stride.map { ($0, $0) }, padding: padding, ceiling: ceiling,
      countingPadding: countingPadding)
  }

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// Computes N,H′,W′,C from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let means = averagePooling2D(
      input, window: window, strides: strides, padding: padding, ceiling: ceiling,
      countingPadding: countingPadding)
    return context.observed(means, of: self)
  }
}
