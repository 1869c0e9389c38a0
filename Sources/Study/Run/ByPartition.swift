/// A part of a data set on which networks are measured.
public enum MeasuredPartition: String, Codable, Sendable, CaseIterable {
  /// The part on which the epoch of each network was chosen, so that its values are optimistic.
  case validation
  /// The part that no choice was based on: measured once, when a network was finished.
  case test

  /// The name that people see.
  var title: String {
    switch self {
    case .validation: "validation part, on which each network's epoch was chosen"
    case .test: "test part, which was held out"
    }
  }
}

/// The same measurement on the validation part and, where one was set aside, on the test part.
public struct ByPartition<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  /// On the validation part.
  public var validation: Value
  /// On the test part; nil where none was set aside.
  public var test: Value?

  /// Records what was measured.
  public init(validation: Value, test: Value? = nil) {
    self.validation = validation
    self.test = test
  }

  /// What conclusions are drawn from: the test part where there is one.
  public var conclusive: Value { test ?? validation }

  /// What was measured on one part; nil where there is no such part.
  public subscript(partition: MeasuredPartition) -> Value? {
    switch partition {
    case .validation: validation
    case .test: test
    }
  }

  /// The metrics for a model card: validation metrics under their own names, test metrics with `test ` in front (`test iou`).
  func metrics(_ metrics: (Value) -> [String: Double]) -> [String: Double] {
    let measured = test.map(metrics) ?? [:]
    return metrics(validation).merging(measured.map { ("test \($0.key)", $0.value) }) { own, _ in own }
  }
}
