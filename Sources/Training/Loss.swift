import GraftMetrics
import GraftTensor

/// What a training makes small, and what it counts beside.
public struct Loss: Sendable {
  /// For the record.
  public let name: String
  /// The mean over a batch of logits, given its targets: a scalar, differentiable.
  let function: @Sendable (_ logits: Tensor, _ targets: Tensor) -> Tensor
  /// An empty count of what else is measured.
  let makeScore: @Sendable () -> any Score

  /// Creates a loss.
  ///
  /// - Parameters:
  ///   - name: equal names must mean equal losses.
  ///   - function: the mean over a batch of logits, given its targets.
  ///   - makeScore: an empty count of what else is measured.
  public init(
    _ name: String, function: @escaping @Sendable (_ logits: Tensor, _ targets: Tensor) -> Tensor,
    makeScore: @escaping @Sendable () -> any Score
  ) {
    self.name = name
    self.function = function
    self.makeScore = makeScore
  }

  /// For class numbers; counts the accuracy, and how many samples got the class that most got.
  public static let softmaxCrossEntropy = Loss(
    "softmax cross entropy", function: { GraftMetrics.softmaxCrossEntropy(fromLogits: $0, $1) },
    makeScore: { ClassScore() })

  /// For masks; counts the four intersections over union.
  public static let binaryCrossEntropy = Loss(
    "binary cross entropy", function: { GraftMetrics.binaryCrossEntropy(fromLogits: $0, $1) },
    makeScore: { SegmentationScore() })
}
