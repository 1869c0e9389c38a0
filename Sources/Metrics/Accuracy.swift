import GraftTensor

/// The share of samples whose most likely class is the true one, over batches of any size.
///
/// ```swift
/// var accuracy = Accuracy()
/// for batch in batches { accuracy.add(logits: classifier(batch.inputs, .inference), labels: batch.targets) }
/// print(accuracy.value)
/// ```
public struct Accuracy: Sendable, Hashable, Codable {
  /// How many samples were right.
  public private(set) var correctCount = 0
  /// How many there were.
  public private(set) var count = 0

  /// Begins with no samples.
  public init() {}

  /// From 0 to 1; not a number before the first sample.
  public var value: Double { Double(correctCount) / Double(count) }

  /// Adds a batch.
  ///
  /// - Parameters:
  ///   - logits: of shape N×classes; probabilities do as well. Of equal ones the first counts as the greatest.
  ///   - labels: N int32 class numbers.
  public mutating func add(logits: Tensor, labels: Tensor) {
    require(logits.shape.rank == 2, "Accuracy takes logits of shape N×classes, not \(logits.shape).")
    let truths = labels.classNumbers(count: logits.shape[0], below: logits.shape[1])
    let predictions = logits.indexOfMaximumAlongLastAxis()
    correctCount += zip(predictions, truths).count { $0 == $1 }
    count += truths.count
  }
}
