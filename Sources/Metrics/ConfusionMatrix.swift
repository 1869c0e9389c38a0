import GraftTensor

/// How often each class was taken for each other, over batches of any size.
public struct ConfusionMatrix: Sendable, Hashable, Codable {
  /// How many samples of one class were predicted as another: `counts[truth][prediction]`.
  public private(set) var counts: [[Int]]

  /// Begins with no samples of `classCount` classes.
  public init(classCount: Int) {
    require(classCount > 0, "A confusion matrix needs at least one class.")
    counts = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
  }

  /// Begins with counts, one row for each true class.
  init(counts: [[Int]]) { self.counts = counts }

  /// How many classes there are.
  public var classCount: Int { counts.count }

  /// The share of samples on the diagonal, from 0 to 1; not a number before the first sample.
  public var accuracy: Double {
    let correct = counts.indices.reduce(0) { $0 + counts[$1][$1] }
    return Double(correct) / Double(counts.joined().reduce(0, +))
  }

  /// Adds a batch, of which the class with the greatest logit is predicted.
  ///
  /// - Parameters:
  ///   - logits: of shape N×classes; probabilities do as well. Of equal ones the first counts as the greatest.
  ///   - labels: N int32 class numbers.
  public mutating func add(logits: Tensor, labels: Tensor) {
    require(
      logits.shape.rank == 2 && logits.shape[1] == classCount,
      "This confusion matrix takes logits of shape N×\(classCount), not \(logits.shape).")
    let truths = labels.classNumbers(count: logits.shape[0], below: classCount)
    add(predictions: logits.indexOfMaximumAlongLastAxis(), truths: truths)
  }

  /// Adds class numbers, from 0 up to the number of classes.
  public mutating func add(predictions: [Int], truths: [Int]) {
    require(
      predictions.count == truths.count,
      "\(predictions.count) predictions cannot be compared with \(truths.count) true classes.")
    checkClassNumbers(predictions, below: classCount)
    checkClassNumbers(truths, below: classCount)
    for (prediction, truth) in zip(predictions, truths) { counts[truth][prediction] += 1 }
  }

  /// Adds what another matrix of the same classes has counted.
  public mutating func add(_ other: ConfusionMatrix) {
    require(
      other.classCount == classCount,
      "The counts of \(other.classCount) classes cannot be added to those of \(classCount).")
    for (row, counted) in other.counts.enumerated() {
      for (column, count) in counted.enumerated() { counts[row][column] += count }
    }
  }
}
