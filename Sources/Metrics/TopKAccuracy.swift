import GraftTensor

/// The share of samples whose true class is among the k most likely ones, over batches of any size; scikit-learn's
/// `top_k_accuracy_score`.
///
/// ```swift
/// var topFive = TopKAccuracy(k: 5)
/// for batch in batches { topFive.add(logits: classifier(batch.inputs, .inference), labels: batch.targets) }
/// print(topFive.value)
/// ```
public struct TopKAccuracy: Sendable, Hashable, Codable {
  /// How many of the most likely classes are looked at.
  public let k: Int
  /// How many samples had their true class among them.
  public private(set) var correctCount = 0
  /// How many there were.
  public private(set) var count = 0

  /// Begins with no samples.
  ///
  /// - Parameter k: how many of the most likely classes are looked at, at least 1. From the number of classes on every
  ///   sample is right.
  public init(k: Int) {
    require(k > 0, "Top-k accuracy looks at one class at least, not at \(k).")
    self.k = k
  }

  /// From 0 to 1; not a number before the first sample.
  public var value: Double { Double(correctCount) / Double(count) }

  /// Adds a batch.
  ///
  /// - Parameters:
  ///   - logits: of shape N×classes; probabilities do as well. Of equal ones the first counts as the greater; what is
  ///     not a number counts as greater than the true class.
  ///   - labels: N int32 class numbers.
  public mutating func add(logits: Tensor, labels: Tensor) {
    require(logits.shape.rank == 2, "Top-k accuracy takes logits of shape N×classes, not \(logits.shape).")
    let classes = logits.shape[1]
    let truths = labels.classNumbers(count: logits.shape[0], below: classes)
    logits.withUnsafeScalars { scalars in
      for (sample, truth) in truths.enumerated() {
        let row = scalars[(sample * classes)..<((sample + 1) * classes)]
        let own = row[row.startIndex + truth]
        let before = row.prefix(truth).count { !($0 < own) } + row.dropFirst(truth + 1).count { !($0 <= own) }
        if before < k { correctCount += 1 }
      }
    }
    count += truths.count
  }
}
