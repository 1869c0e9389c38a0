import GraftTensor

/// Zeroes a share of the values in training and enlarges the others, so that the mean stays (Srivastava et al., JMLR 15,
/// 2014); does nothing in inference.
///
/// Input and output of any shape. No parameters. What is dropped follows from the context's random stream and from how
/// many layers have drawn from it before.
public final class Dropout: Module {
  /// The share that becomes zero.
  public let rate: Float

  /// Creates the layer.
  ///
  /// - Parameter rate: from 0 up to below 1.
  public init(rate: Float) {
    require(rate >= 0 && rate < 1, "Dropout zeroes a share from 0 up to below 1, not \(rate).")
    self.rate = rate
  }

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// Empty: inference leaves everything as it is.
  public var inferencePlan: [InferenceStep] { [] }

  /// Computes a tensor as large as the input.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    guard context.isTraining, rate > 0 else { return context.observed(input, of: self) }
    var random = context.nextRandomStream()
    return context.observed(dropout(input, rate: rate, random: &random), of: self)
  }
}
