/// The element types of PyTorch, by the names that it and NumPy give them.
enum PyTorchElementType: String, Sendable {
  case float32, float64, float16, bfloat16
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool
  case complex32, complex64, complex128
  case float8E4M3FN = "float8_e4m3fn"
  case float8E4M3FNUZ = "float8_e4m3fnuz"
  case float8E5M2 = "float8_e5m2"
  case float8E5M2FNUZ = "float8_e5m2fnuz"
  case float8E8M0FNU = "float8_e8m0fnu"

  /// By the name that follows `torch.`: `float32`.
  init?(name: String) { self.init(rawValue: name) }

  /// By the name of a class of storages: `FloatStorage`.
  init?(storage: String) {
    switch storage {
    case "FloatStorage": self = .float32
    case "DoubleStorage": self = .float64
    case "HalfStorage": self = .float16
    case "BFloat16Storage": self = .bfloat16
    case "LongStorage": self = .int64
    case "IntStorage": self = .int32
    case "ShortStorage": self = .int16
    case "CharStorage": self = .int8
    case "ByteStorage": self = .uint8
    case "BoolStorage": self = .bool
    case "ComplexFloatStorage": self = .complex64
    case "ComplexDoubleStorage": self = .complex128
    default: return nil
    }
  }

  var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0FNU: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32, .complex32: 4
    case .float64, .int64, .uint64, .complex64: 8
    case .complex128: 16
    }
  }

  /// How to read it; nil for types that Graft has no use for.
  func format(isBigEndian: Bool) -> StoredScalars.Format? {
    let kind: StoredScalars.Format.Kind
    switch self {
    case .float16, .float32, .float64: kind = .floatingPoint
    case .bfloat16: kind = .brainFloatingPoint
    case .int8, .int16, .int32, .int64: kind = .signedInteger
    case .uint8, .uint16, .uint32, .uint64: kind = .unsignedInteger
    case .bool: kind = .boolean
    case .complex32, .complex64, .complex128: return nil
    case .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0FNU: return nil
    }
    return StoredScalars.Format(kind: kind, byteCount: byteCount, isBigEndian: isBigEndian)
  }
}
