import Foundation
import GraftFiles
import GraftTensor

/// An array of numbers as Caffe stores it (`BlobProto` in caffe.proto): described when the file is opened, read when it
/// is asked for.
struct CaffeBlob {
  let dimensions: [Int]
  let isDouble: Bool
  private let message: ProtobufBytes
  private let part: String
  /// All numbers, if they lie in one piece.
  private let whole: Bytes?

  /// Reads the description: the shape, and how many numbers there are of which type.
  ///
  /// - Parameters:
  ///   - part: for messages.
  ///   - leastRank: what remains of an older shape when its leading ones are dropped.
  /// - Throws: ``WeightFileError`` if the shape is impossible, or is not that of the numbers.
  init(_ message: ProtobufBytes, part: String, leastRank: Int) throws {
    var (floats, doubles) = (Scalars(byteCount: 4), Scalars(byteCount: 8))
    var legacy: [Int64?] = [nil, nil, nil, nil]
    var shape: [Int64]?
    try message.forEachField { field in
      switch (field.number, field.value) {
      case (1...4, .variable(let length)): legacy[field.number - 1] = Int64(bitPattern: length)
      case (7, .bytes(let own)): shape = (shape ?? []) + (try Self.lengths(own))
      case (Field.floats, let value): try floats.add(value, of: message, part)
      case (Field.doubles, let value): try doubles.add(value, of: message, part)
      // Field 6 and 9 are gradients, which may be as long again as the numbers.
      default: break
      }
    }
    // Where a file has both, Caffe takes the longer numbers.
    isDouble = doubles.count > 0
    let scalars = isDouble ? doubles : floats
    let isLegacy = shape == nil && legacy.contains { $0 != nil }
    // What protobuf leaves out is 0 here, but then no length at all: the oldest files have all four.
    let lengths = shape ?? (isLegacy ? legacy.map { $0 ?? 0 } : [])
    let file = message.bytes.file
    guard lengths.count <= 32, lengths.allSatisfy({ (0...Int64(Int32.max)).contains($0) }) else {
      let text = lengths.prefix(8).map(String.init).joined(separator: "×")
      let problem = lengths.count > 32 ? "has \(lengths.count) axes" : "is \(text)"
      throw WeightFileError(.damaged, file, part: part, "its shape \(problem), and Caffe has none like that")
    }
    var dimensions = lengths.map(Int.init)
    let text = dimensions.isEmpty ? "none" : dimensions.map(String.init).joined(separator: "×")
    guard StoredScalars.byteCount(of: dimensions, scalarByteCount: 1) == scalars.count, scalars.count > 0
    else {
      throw WeightFileError(
        .damaged, file, part: part, "its shape is \(text), and \(scalars.count) numbers are there")
    }
    if isLegacy { while dimensions.count > leastRank, dimensions[0] == 1 { dimensions.removeFirst() } }
    self.dimensions = dimensions
    self.message = message
    self.part = part
    whole = scalars.whole
  }

  /// The fields that hold numbers.
  private enum Field {
    static let floats = 5
    static let doubles = 8
  }

  /// The axes of a `BlobShape`, together in one field or each in its own.
  private static func lengths(_ shape: ProtobufBytes) throws -> [Int64] {
    var lengths: [Int64] = []
    try shape.forEachField { field in
      guard field.number == 1 else { return }
      switch field.value {
      case .variable(let length): lengths.append(Int64(bitPattern: length))
      case .bytes(let packed):
        var reader = ProtobufReader(packed)
        while let length = try reader.nextVariable() { lengths.append(Int64(bitPattern: length)) }
      default: break
      }
    }
    return lengths
  }
}

// MARK: Numbers

extension CaffeBlob {
  /// How many numbers were met, and where they lie if that is one place.
  private struct Scalars {
    let byteCount: Int
    private(set) var count = 0
    private(set) var whole: Bytes?

    init(byteCount: Int) { self.byteCount = byteCount }

    mutating func add(_ value: ProtobufReader.Value, of message: ProtobufBytes, _ part: String) throws {
      switch value {
      case .bytes(let packed):
        guard packed.bytes.count % byteCount == 0 else {
          let problem = "its \(packed.bytes.count) bytes are no whole count of numbers of \(byteCount) bytes"
          throw WeightFileError(.damaged, message.bytes.file, part: part, problem)
        }
        guard packed.bytes.count > 0 else { return }
        whole = count == 0 ? packed.bytes : nil
        count += packed.bytes.count / byteCount
      case .fixed32 where byteCount == 4, .fixed64 where byteCount == 8:
        whole = nil
        count += 1
      default: break
      }
    }
  }

  /// Reads the numbers as float32: in place where they lie in one piece, aligned.
  func tensor() throws -> Tensor {
    let shape = Tensor.Shape(dimensions)
    if let stored { return try stored.tensor(shape: shape) }
    return try unsafe Tensor(shape: shape) { scalars in
      var count = 0
      try forEachScalar { scalar in
        guard count < scalars.count else { return }
        unsafe scalars.initializeElement(at: count, to: Float(scalar))
        count += 1
      }
    }
  }

  /// Reads the numbers as float64.
  func doubles() throws -> [Double] {
    if let stored { return try stored.doubles() }
    var doubles: [Double] = []
    try forEachScalar { doubles.append($0) }
    return doubles
  }

  /// The numbers, where they lie in one piece.
  private var stored: StoredScalars? {
    let format = StoredScalars.Format(kind: .floatingPoint, byteCount: isDouble ? 8 : 4)
    return whole.map { StoredScalars(format: format, bytes: $0, part: part) }
  }

  /// The numbers, in order, where they lie in several pieces or each in a field of its own.
  private func forEachScalar(_ body: (Double) -> Void) throws {
    let number = isDouble ? Field.doubles : Field.floats
    try message.forEachField { field in
      guard field.number == number else { return }
      switch field.value {
      case .fixed32(let bits) where !isDouble: body(Double(Float(bitPattern: bits)))
      case .fixed64(let bits) where isDouble: body(Double(bitPattern: bits))
      case .bytes(let packed):
        let format = StoredScalars.Format(kind: .floatingPoint, byteCount: isDouble ? 8 : 4)
        for scalar in try StoredScalars(format: format, bytes: packed.bytes, part: part).doubles() {
          body(scalar)
        }
      default: break
      }
    }
  }
}
