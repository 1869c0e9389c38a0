import GraftTensor

/// A number that tells how well a network does, counted over batches of any size.
///
/// The built-in ones are named where a metric is wanted: `.accuracy`, `.iou`, `.meanIoU`. One of your own counts something
/// and reads a number off it:
///
/// ```swift
/// let dice = CountedMetric("dice", better: .higher, counting: SegmentationScore()) { score in
///   2 * score.globalHardIoU / (1 + score.globalHardIoU)
/// }
/// let scores = try Evaluator(network).evaluate(faces, metrics: [.iou, dice])
/// print(scores[dice])
/// ```
public protocol Metric: Sendable {
  /// What is counted.
  associatedtype Counts: MetricCounts
  /// As in logs and files, such as `accuracy`; two metrics of one training have different names.
  var name: String { get }
  /// Which way it is better. Said, not guessed from the name.
  var direction: MetricDirection { get }
  /// Nothing counted yet. Metrics whose empty counts are equal are read off the same counts.
  var emptyCounts: Counts { get }
  /// The number; nil where it is not defined, as for a class of which there is nothing.
  func value(of counts: Counts) -> Double?
}

/// Which way a number is better.
public enum MetricDirection: String, Sendable, Codable {
  case higher, lower
}

/// What is counted over batches, and what metrics are read off.
public protocol MetricCounts: Sendable, Hashable {
  /// Counts a batch.
  ///
  /// - Parameters:
  ///   - logits: what a network gives: N,classes, or N,H,W,classes.
  ///   - targets: what it should have found: N class numbers (int32), or masks (uint8, N,H,W,1).
  mutating func add(logits: Tensor, targets: Tensor)
}

/// A metric that is read off counts by a function.
public struct CountedMetric<Counts: MetricCounts>: Metric {
  /// As in logs and files.
  public let name: String
  /// Which way it is better.
  public let direction: MetricDirection
  /// Nothing counted yet.
  public let emptyCounts: Counts
  private let read: @Sendable (Counts) -> Double?

  /// Describes a metric.
  ///
  /// - Parameters:
  ///   - name: as in logs and files.
  ///   - direction: which way it is better.
  ///   - emptyCounts: nothing counted yet.
  ///   - read: the number; nil where it is not defined.
  public init(
    _ name: String, better direction: MetricDirection, counting emptyCounts: Counts,
    read: @escaping @Sendable (Counts) -> Double?
  ) {
    self.name = name
    self.direction = direction
    self.emptyCounts = emptyCounts
    self.read = read
  }

  /// The number.
  public func value(of counts: Counts) -> Double? { read(counts) }
}
