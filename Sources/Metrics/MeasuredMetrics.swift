import GraftTensor

/// Several metrics over the same batches, those of equal counts counted once.
public struct MeasuredMetrics: Sendable {
  private var counted: [any CountedGroup] = []

  /// Begins with nothing counted; metrics of one name are a mistake and end the program.
  public init(_ metrics: [any Metric]) {
    let names = metrics.map(\.name)
    require(
      Set(names).count == names.count,
      "Metrics that are measured together have different names; these are given: \(names.joined(separator: ", "))."
    )
    for metric in metrics { adopt(metric) }
  }

  private mutating func adopt(_ metric: some Metric) {
    for index in counted.indices where counted[index].adopt(metric) { return }
    counted.append(Group(metric))
  }

  /// Counts a batch.
  public mutating func add(logits: Tensor, targets: Tensor) {
    for index in counted.indices { counted[index].add(logits: logits, targets: targets) }
  }

  /// The numbers by the names of their metrics, without those that are not defined.
  public var values: [String: Double] {
    counted.reduce(into: [:]) { values, group in values.merge(group.values) { own, _ in own } }
  }
}

/// Metrics that are read off the same counts.
private protocol CountedGroup: Sendable {
  /// - Returns: whether the metric counts what this group counts.
  mutating func adopt<Own: Metric>(_ metric: Own) -> Bool
  mutating func add(logits: Tensor, targets: Tensor)
  var values: [String: Double] { get }
}

private struct Group<Counts: MetricCounts>: CountedGroup {
  private let empty: Counts
  private var counts: Counts
  private var readers: [(name: String, read: @Sendable (Counts) -> Double?)] = []

  init<Own: Metric>(_ metric: Own) where Own.Counts == Counts {
    empty = metric.emptyCounts
    counts = empty
    let read: @Sendable (Counts) -> Double? = { metric.value(of: $0) }
    readers = [(metric.name, read)]
  }

  mutating func adopt<Own: Metric>(_ metric: Own) -> Bool {
    // Of all types of counts only this group's own can be equal to its empty ones.
    guard AnyHashable(metric.emptyCounts) == AnyHashable(empty) else { return false }
    let read: @Sendable (Counts) -> Double? = { ($0 as? Own.Counts).flatMap { metric.value(of: $0) } }
    readers.append((metric.name, read))
    return true
  }

  mutating func add(logits: Tensor, targets: Tensor) { counts.add(logits: logits, targets: targets) }

  var values: [String: Double] {
    Dictionary(readers.compactMap { reader in reader.read(counts).map { (reader.name, $0) } }) { own, _ in own
    }
  }
}
