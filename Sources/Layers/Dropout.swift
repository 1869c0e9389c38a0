import GraftTensor

/// Zeroes a share of the values in training and enlarges the others, so that the mean stays (Srivastava et al., JMLR 15,
/// 2014); does nothing in inference.
///
/// Input and output of any shape. No parameters. What is dropped follows from the context's random stream and from `key`.
public final class Dropout: Module {
  /// The share that becomes zero.
  public let rate: Float
  /// Tells the layer from others of the same network, which must not drop the same places.
  public let key: Int

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - rate: from 0 up to below 1.
  ///   - key: another number for each dropout layer of a network.
  public init(rate: Float, key: Int = 0) {
    require(rate >= 0 && rate < 1, "Dropout zeroes a share from 0 up to below 1, not \(rate).")
    self.rate = rate
    self.key = key
  }

  /// None.
  public var members: [Member] { [] }

  /// Computes a tensor as large as the input.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    guard context.isTraining, rate > 0 else { return context.observed(input, of: self) }
    var random = context.random.child("dropout", key)
    return context.observed(dropout(input, rate: rate, random: &random), of: self)
  }
}
