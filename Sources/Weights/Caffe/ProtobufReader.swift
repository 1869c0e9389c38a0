import Foundation
import GraftFiles

/// Reads the fields of one message of Protocol Buffers, one after the other, where they lie.
///
/// The format is the encoding that Google publishes (protobuf.dev, "Encoding"): each field is a key, which holds its
/// number and how long its value is, and the value. What a field means, the caller knows. Messages within messages are
/// not descended into before somebody asks, so nesting costs nothing, however deep it is.
struct ProtobufReader {
  /// One field.
  struct Field {
    let number: Int
    let value: Value
  }

  /// What a field holds, by its length; what it means depends on its number.
  enum Value {
    case variable(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// A text, a message, or many numbers one after the other.
    case bytes(ProtobufBytes)
  }

  private let message: ProtobufBytes
  private var position = 0

  init(_ message: ProtobufBytes) { self.message = message }

  /// The next field; nil at the end.
  ///
  /// - Throws: ``WeightFileError`` that names the byte where the message goes wrong.
  mutating func next() throws -> Field? {
    guard position < message.bytes.count else { return nil }
    let start = position
    let key = try variable()
    // Numbers take 29 bits at most, and 0 is none.
    guard let number = Int(exactly: key >> 3), (1..<1 << 29).contains(number) else {
      throw damaged(at: start, "a field has the number \(key >> 3), which no field can have")
    }
    return Field(number: number, value: try value(ofType: key & 7, field: number, at: start))
  }

  /// The next of numbers that lie one after the other without keys; nil at the end.
  ///
  /// - Throws: ``WeightFileError`` that names the byte where they go wrong.
  mutating func nextVariable() throws -> UInt64? {
    position < message.bytes.count ? try variable() : nil
  }

  private mutating func value(ofType type: UInt64, field: Int, at start: Int) throws -> Value {
    switch type {
    case 0: return .variable(try variable())
    case 1:
      guard let value = message.bytes.littleEndian(UInt64.self, at: position) else { throw cutOff(at: start) }
      position += 8
      return .fixed64(value)
    case 2:
      let claimed = try variable()
      guard let count = Int(exactly: claimed), let bytes = message.bytes.slice(from: position, count: count)
      else {
        throw damaged(
          at: start,
          "field \(field) claims \(claimed) bytes, and only \(message.bytes.count - position) are left")
      }
      defer { position += count }
      return .bytes(ProtobufBytes(bytes: bytes, offset: message.offset + position))
    case 3, 4:
      throw damaged(at: start, "field \(field) is a group, and Caffe's files have none")
    case 5:
      guard let value = message.bytes.littleEndian(UInt32.self, at: position) else { throw cutOff(at: start) }
      position += 4
      return .fixed32(value)
    default: throw damaged(at: start, "field \(field) has wire type \(type), which does not exist")
    }
  }

  /// Seven bits in each byte, the lowest first; the top bit says that more follow.
  private mutating func variable() throws -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = message.bytes[position] else { throw cutOff(at: start) }
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw damaged(at: start, "a number has more than ten bytes")
  }

  private func cutOff(at position: Int) -> WeightFileError {
    damaged(at: position, "the file or a part of it ends inside a field")
  }

  private func damaged(at position: Int, _ problem: String) -> WeightFileError {
    message.damaged(at: position, problem)
  }
}

/// The value of a field that holds bytes, and where in the file it lies.
struct ProtobufBytes {
  let bytes: Bytes
  /// Of its first byte, from the start of the file.
  let offset: Int

  /// A whole file.
  init(_ file: Bytes) { self.init(bytes: file, offset: 0) }

  init(bytes: Bytes, offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// Calls `body` with each field of the message that the bytes are.
  func forEachField(_ body: (ProtobufReader.Field) throws -> Void) throws {
    var reader = ProtobufReader(self)
    while let field = try reader.next() { try body(field) }
  }

  /// The bytes as text of at most so many bytes.
  ///
  /// - Parameter what: for the message: `a layer's name`.
  func text(_ what: String, longest: Int) throws -> String {
    guard bytes.count <= longest else {
      throw damaged(at: 0, "\(what) has \(bytes.count) bytes, and \(longest) is the most")
    }
    guard let text = bytes.text else { throw damaged(at: 0, "\(what) is not UTF-8") }
    return text
  }

  /// An error about a byte of these.
  func damaged(at position: Int, _ problem: String) -> WeightFileError {
    WeightFileError(.damaged, bytes.file, part: "byte \(offset + position)", problem)
  }
}
