import Foundation
import GraftFiles

/// The header of a safetensors file: its length in eight bytes, then JSON.
struct SafetensorsHeader {
  /// The element types of the format.
  enum ElementType: String {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8E4M3 = "F8_E4M3"
    case float8E5M2 = "F8_E5M2"
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

    var byteCount: Int { format?.byteCount ?? 1 }

    /// How to read it; nil for the types of one byte that Graft has no use for.
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
      case .float8E4M3, .float8E5M2: nil
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
