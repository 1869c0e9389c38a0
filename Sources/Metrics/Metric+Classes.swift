import GraftTensor

extension Accuracy: MetricCounts {
  /// Counts a batch of logits, N,classes, and class numbers, N.
  public mutating func add(logits: Tensor, targets: Tensor) { add(logits: logits, labels: targets) }
}

extension TopKAccuracy: MetricCounts {
  /// Counts a batch of logits, N,classes, and class numbers, N.
  public mutating func add(logits: Tensor, targets: Tensor) { add(logits: logits, labels: targets) }
}

/// A confusion matrix of as many classes as the first batch has logits.
public struct ClassCounts: MetricCounts {
  /// Nil before the first batch.
  public private(set) var matrix: ConfusionMatrix?

  /// Begins with no samples.
  public init() {}

  /// Counts a batch of logits, N,classes, and class numbers, N.
  public mutating func add(logits: Tensor, targets: Tensor) {
    require(logits.shape.rank == 2, "Classes are counted by logits of shape N×classes, not \(logits.shape).")
    var matrix = self.matrix ?? ConfusionMatrix(classCount: logits.shape[1])
    matrix.add(logits: logits, labels: targets)
    self.matrix = matrix
  }
}

extension Metric where Self == CountedMetric<Accuracy> {
  /// The share of samples whose class is the most likely one.
  public static var accuracy: Self {
    CountedMetric("accuracy", better: .higher, counting: Accuracy()) { $0.value }
  }
}

extension Metric where Self == CountedMetric<TopKAccuracy> {
  /// The share of samples whose class is among the k most likely ones.
  public static func topKAccuracy(_ k: Int) -> Self {
    CountedMetric("top\(k)Accuracy", better: .higher, counting: TopKAccuracy(k: k)) { $0.value }
  }
}

extension Metric where Self == CountedMetric<ClassCounts> {
  /// The mean over classes of the share of their samples that are found; classes without samples are left out.
  public static var balancedAccuracy: Self {
    CountedMetric("balancedAccuracy", better: .higher, counting: ClassCounts()) {
      $0.matrix?.score(.recall, average: .macro, undefined: nil)
    }
  }

  /// The share of samples that get the class that most get: 1 where a network has collapsed.
  public static var largestPredictedShare: Self {
    CountedMetric("largestPredictedShare", better: .lower, counting: ClassCounts()) { counts in
      counts.matrix.map { Double($0.predictedCounts.max() ?? 0) / Double($0.count) }
    }
  }
}
