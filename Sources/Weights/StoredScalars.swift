import Foundation
import GraftFiles
import GraftTensor

/// Numbers as a file stores them, and what they become in memory.
struct StoredScalars: Sendable {
  /// What one number is in the file.
  struct Format: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      case boolean, signedInteger, unsignedInteger, floatingPoint, brainFloatingPoint
    }

    let kind: Kind
    let byteCount: Int
    var isBigEndian = false

    /// For people: `int64`, `bfloat16`.
    var name: String {
      switch kind {
      case .boolean: "bool"
      case .signedInteger: "int\(8 * byteCount)"
      case .unsignedInteger: "uint\(8 * byteCount)"
      case .floatingPoint: "float\(8 * byteCount)"
      case .brainFloatingPoint: "bfloat16"
      }
    }
  }

  let format: Format
  /// Exactly the numbers, one after the other.
  let bytes: Bytes
  /// What they are, for messages.
  let part: String

  var count: Int { bytes.count / format.byteCount }

  /// How many bytes a shape takes; nil where a length is negative or the product overflows.
  static func byteCount(of dimensions: [Int], scalarByteCount: Int) -> Int? {
    var product = scalarByteCount
    // A zero length must not hide an overflow of the others, which later code would multiply in another order.
    var isEmpty = false
    for dimension in dimensions {
      guard dimension >= 0 else { return nil }
      if dimension == 0 {
        isEmpty = true
        continue
      }
      let (next, overflows) = product.multipliedReportingOverflow(by: dimension)
      guard !overflows else { return nil }
      product = next
    }
    return isEmpty ? 0 : product
  }
}

// MARK: Conversions

extension StoredScalars {
  /// A float32 tensor, which reads the file's memory in place where the file holds just that.
  ///
  /// - Throws: ``WeightFileError`` if there is an integer that float32 cannot hold exactly.
  func tensor(shape: Tensor.Shape) throws -> Tensor {
    guard format == Format(kind: .floatingPoint, byteCount: 4) else {
      return Tensor(shape: shape, scalars: try floats())
    }
    return unsafe bytes.withUnsafeBytes { source in
      let isAligned = UInt(bitPattern: source.baseAddress) % UInt(MemoryLayout<Float>.alignment) == 0
      if isAligned {
        return unsafe Tensor(shape: shape, scalarType: .float32, borrowing: source, owner: bytes.owner)
      }
      let copy = unsafe Tensor(shape: shape, scalarType: .float32) { unsafe $0.copyMemory(from: source) }
      bytes.releasePages()
      return copy
    }
  }

  /// The numbers as float32, rounded where they are longer floating-point numbers.
  ///
  /// - Throws: ``WeightFileError`` if there is an integer that float32 cannot hold exactly.
  func floats() throws -> [Float] {
    switch (format.kind, format.byteCount) {
    case (.floatingPoint, 2): return map(UInt16.self, Self.float(halfPrecision:))
    case (.floatingPoint, 4): return map(UInt32.self) { Float(bitPattern: $0) }
    case (.floatingPoint, _): return map(UInt64.self) { Float(Double(bitPattern: $0)) }
    case (.brainFloatingPoint, _): return map(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    default:
      return try integers().map { integer in
        guard let float = Float(exactly: integer) else { throw inexact(integer, "float32") }
        return float
      }
    }
  }

  /// The numbers as float64.
  ///
  /// - Throws: ``WeightFileError`` if there is an integer that float64 cannot hold exactly.
  func doubles() throws -> [Double] {
    switch (format.kind, format.byteCount) {
    case (.floatingPoint, 8): return map(UInt64.self) { Double(bitPattern: $0) }
    case (.floatingPoint, _), (.brainFloatingPoint, _): return try floats().map(Double.init)
    default:
      return try integers().map { integer in
        guard let double = Double(exactly: integer) else { throw inexact(integer, "float64") }
        return double
      }
    }
  }

  /// The numbers as integers; false and true become 0 and 1.
  ///
  /// - Throws: ``WeightFileError`` if they are no integers, or one is larger than 2⁶³ − 1.
  func integers() throws -> [Int] {
    switch (format.kind, format.byteCount) {
    case (.boolean, _): return map(UInt8.self) { $0 == 0 ? 0 : 1 }
    case (.signedInteger, 1): return map(Int8.self) { Int($0) }
    case (.signedInteger, 2): return map(Int16.self) { Int($0) }
    case (.signedInteger, 4): return map(Int32.self) { Int($0) }
    case (.signedInteger, _): return map(Int64.self) { Int($0) }
    case (.unsignedInteger, 1): return map(UInt8.self) { Int($0) }
    case (.unsignedInteger, 2): return map(UInt16.self) { Int($0) }
    case (.unsignedInteger, 4): return map(UInt32.self) { Int($0) }
    case (.unsignedInteger, _):
      return try map(UInt64.self) { $0 }.map { integer in
        guard let signed = Int(exactly: integer) else { throw inexact(integer, "int64") }
        return signed
      }
    case (.floatingPoint, _), (.brainFloatingPoint, _):
      throw WeightFileError(
        .unsupported, bytes.file, part: part, "its numbers are \(format.name), and integers are wanted",
        remedy: "Save it as integers, or read it as floating-point numbers.")
    }
  }

  private func inexact(_ integer: some BinaryInteger, _ type: String) -> WeightFileError {
    WeightFileError(
      .unsupported, bytes.file, part: part, "its integer \(integer) has no exact place in \(type)",
      remedy: "This is hardly a weight: leave it out, or read it as integers.")
  }

  private func map<Stored: FixedWidthInteger, Result>(
    _ type: Stored.Type, _ transform: (Stored) -> Result
  ) -> [Result] {
    let isBigEndian = format.isBigEndian
    return unsafe bytes.withUnsafeBytes { source in
      unsafe [Result](unsafeUninitializedCapacity: count) { output, initializedCount in
        for index in 0..<count {
          let stored = unsafe source.loadUnaligned(fromByteOffset: index * format.byteCount, as: type)
          let value = isBigEndian ? Stored(bigEndian: stored) : Stored(littleEndian: stored)
          unsafe output.initializeElement(at: index, to: transform(value))
        }
        initializedCount = count
      }
    }
  }

  /// Widens a half-precision number (IEEE 754 binary16); `Float16` does not exist on every platform.
  private static func float(halfPrecision bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff) << 13
    guard bits & 0x7c00 != 0x7c00 else { return Float(bitPattern: sign | magnitude | 0x7f80_0000) }
    // The exponent's bias is 15 there and 127 here; the product is exact, for subnormal numbers too.
    return Float(bitPattern: sign | (Float(bitPattern: magnitude) * 0x1p112).bitPattern)
  }
}
