import Foundation
import GraftFiles

/// The header of a safetensors file: its length in eight bytes, then JSON.
struct SafetensorsHeader {
  /// The element types of the format.
  enum ElementType: String {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float4 = "F4"
    case float6E2M3 = "F6_E2M3"
    case float6E3M2 = "F6_E3M2"
    case float8E4M3 = "F8_E4M3"
    case float8E4M3FNUZ = "F8_E4M3FNUZ"
    case float8E5M2 = "F8_E5M2"
    case float8E5M2FNUZ = "F8_E5M2FNUZ"
    case float8E8M0 = "F8_E8M0"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"
    case complex64 = "C64"

    /// For instance `float32`.
    var numPyName: String {
      switch self {
      // The names that PyTorch and the package ml_dtypes give to what NumPy itself has not.
      case .float4: "float4_e2m1fn"
      case .float6E2M3: "float6_e2m3fn"
      case .float6E3M2: "float6_e3m2fn"
      case .float8E4M3: "float8_e4m3fn"
      case .float8E4M3FNUZ: "float8_e4m3fnuz"
      case .float8E5M2: "float8_e5m2"
      case .float8E5M2FNUZ: "float8_e5m2fnuz"
      case .float8E8M0: "float8_e8m0fnu"
      case .complex64: "complex64"
      default: format?.name ?? rawValue
      }
    }

    private var bitCount: Int {
      switch self {
      case .float4: 4
      case .float6E2M3, .float6E3M2: 6
      case .complex64: 64
      default: 8 * (format?.byteCount ?? 1)
      }
    }

    /// How many bytes a shape takes; nil where a length is negative, the product overflows, or the last byte is not full.
    func byteCount(of dimensions: [Int]) -> Int? {
      guard let count = StoredScalars.byteCount(of: dimensions, scalarByteCount: 1) else { return nil }
      let (bits, overflows) = count.multipliedReportingOverflow(by: bitCount)
      return overflows || !bits.isMultiple(of: 8) ? nil : bits / 8
    }

    /// How to read it; nil for types that Graft has no use for.
    var format: StoredScalars.Format? {
      switch self {
      case .bool: .init(kind: .boolean, byteCount: 1)
      case .uint8: .init(kind: .unsignedInteger, byteCount: 1)
      case .uint16: .init(kind: .unsignedInteger, byteCount: 2)
      case .uint32: .init(kind: .unsignedInteger, byteCount: 4)
      case .uint64: .init(kind: .unsignedInteger, byteCount: 8)
      case .int8: .init(kind: .signedInteger, byteCount: 1)
      case .int16: .init(kind: .signedInteger, byteCount: 2)
      case .int32: .init(kind: .signedInteger, byteCount: 4)
      case .int64: .init(kind: .signedInteger, byteCount: 8)
      case .float16: .init(kind: .floatingPoint, byteCount: 2)
      case .float32: .init(kind: .floatingPoint, byteCount: 4)
      case .float64: .init(kind: .floatingPoint, byteCount: 8)
      case .bfloat16: .init(kind: .brainFloatingPoint, byteCount: 2)
      case .float4, .float6E2M3, .float6E3M2, .float8E4M3, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ,
        .float8E8M0, .complex64:
        nil
      }
    }
  }

  struct Entry {
    let name: String
    let type: ElementType
    let dimensions: [Int]
    /// Its place in the data after the header.
    let start: Int
    let end: Int
  }

  /// In the order of the header.
  let entries: [Entry]
  let metadata: [String: String]
  /// How many bytes come before the data.
  let byteCount: Int

  /// The format's own limit to the JSON.
  static let longestText = 100_000_000
  static let metadataName = "__metadata__"

  /// Whether a file begins as the format demands: a length, and a brace.
  static func isPlausible(_ bytes: Bytes) -> Bool {
    guard let textCount = bytes.littleEndian(UInt64.self, at: 0) else { return false }
    return textCount <= longestText && bytes[8] == UInt8(ascii: "{")
  }

  /// Parses the header of a whole file.
  ///
  /// - Throws: ``WeightFileError``.
  init(_ bytes: Bytes) throws {
    func damaged(_ problem: String) -> WeightFileError {
      WeightFileError(.damaged, bytes.file, part: "header", problem)
    }
    guard let textCount = bytes.littleEndian(UInt64.self, at: 0) else {
      throw damaged(
        "the file has \(bytes.count) bytes, and eight are needed for the length of the header alone")
    }
    guard textCount <= Self.longestText else {
      throw damaged("it claims to be longer than the \(Self.longestText) bytes that the format allows")
    }
    guard let text = bytes.slice(from: 8, count: Int(textCount)) else {
      throw damaged("it claims \(textCount) bytes, and the file has only \(bytes.count - 8) after its length")
    }
    byteCount = 8 + Int(textCount)
    do throws(SafetensorsHeaderParser.Failure) {
      var parser = SafetensorsHeaderParser(text.array)
      (entries, metadata) = try parser.header()
    } catch {
      throw damaged("\(error.problem), at byte \(error.position) of the JSON")
    }
  }
}
