/// The type of a tensor's elements in memory.
public enum ScalarType: String, Sendable, Codable, CaseIterable {
  case float32
  /// The upper half of a float32: a type to store and to compute in, not to read single values of.
  case bfloat16
  case int32
  case uint8

  /// How many bytes one element takes.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .bfloat16: 2
    case .uint8: 1
    }
  }
}
