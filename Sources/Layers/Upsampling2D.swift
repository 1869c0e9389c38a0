import GraftTensor

/// Magnifies images by a whole number.
///
/// Input N,H,W,C; output N,factor·H,factor·W,C. No parameters.
public final class Upsampling2D: Module {
  /// How many times as high and as wide the output is.
  public let factor: Int
  /// Where the new pixels come from.
  public let interpolation: Interpolation

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - factor: how many times as high and as wide the output is.
  ///   - interpolation: nearest pixels by default, as in Keras.
  public init(factor: Int = 2, interpolation: Interpolation = .nearest) {
    require(factor > 0, "Images are magnified by 1 or more, not by \(factor).")
    self.factor = factor
    self.interpolation = interpolation
  }

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// Computes N,factor·H,factor·W,C from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    require(input.shape.rank == 4, "Images of shape N×H×W×C are magnified, not \(input.shape).")
    let size = (height: factor * input.shape[1], width: factor * input.shape[2])
    return context.observed(resized2D(input, to: size, interpolation: interpolation), of: self)
  }
}
