/// A part of a data set on which networks are measured.
public enum MeasuredPartition: String, Codable, Sendable, CaseIterable {
  /// By which the epoch of each network was chosen, so that its values flatter.
  case validation
  /// Which no choice saw: measured once, when a network was done.
  case test

  /// For people.
  var title: String {
    switch self {
    case .validation: "validation part, which chose each network's epoch"
    case .test: "test part, which no choice saw"
    }
  }
}

/// The same measurement on the validation part and, where one was set aside, on the test part.
public struct ByPartition<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  /// On the validation part.
  public var validation: Value
  /// On the test part; nil where none was set aside.
  public var test: Value?

  /// Notes what was measured.
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

  /// Metrics of a model card: those of the validation part by their names, those of the test part as `test iou`.
  func metrics(_ metrics: (Value) -> [String: Double]) -> [String: Double] {
    let measured = test.map(metrics) ?? [:]
    return metrics(validation).merging(measured.map { ("test \($0.key)", $0.value) }) { own, _ in own }
  }
}
