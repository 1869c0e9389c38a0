import Foundation
import GraftFiles

/// The head of a npy file (NumPy Enhancement Proposal 1, versions 1 to 3): a magic number, a version, and a Python
/// dictionary as text, which is parsed as a literal and never evaluated.
struct NPYHeader {
  /// For instance `<f4`.
  let descriptor: String
  let isColumnMajor: Bool
  let dimensions: [Int]
  /// How many bytes come before the first number.
  let byteCount: Int

  /// Whether the array is one of Python objects, that is, a pickle.
  var isOfObjects: Bool { Self.isOfObjects(descriptor) }

  /// Whether a described element type is that of Python objects.
  static func isOfObjects(_ descriptor: String) -> Bool {
    descriptor.trimmingPrefix { "<>|=".contains($0) }.first == "O"
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Bytes that hold the magic number, the version and the length of the text.
  static let preambleCount = 12
  /// No array of numbers needs more: longer ones describe structures.
  private static let longestText = 0xffff

  /// How many bytes the whole head has, by its first ones.
  static func byteCount(in preamble: Bytes, part: String) throws -> Int {
    guard preamble.starts(with: magic), let version = preamble[6] else {
      throw WeightFileError(.foreign, preamble.file, part: part, "this does not begin like a npy array")
    }
    let textCount: Int?
    let start: Int
    switch version {
    case 1: (textCount, start) = (preamble.littleEndian(UInt16.self, at: 8).map(Int.init), 10)
    case 2, 3: (textCount, start) = (preamble.littleEndian(UInt32.self, at: 8).map(Int.init), 12)
    default:
      throw WeightFileError(.unsupported, preamble.file, part: part, "npy version \(version) is unknown")
    }
    guard let textCount, textCount <= longestText else {
      let claim = textCount.map { "claims \($0) bytes" } ?? "is cut off"
      throw WeightFileError(.damaged, preamble.file, part: part, "its npy header \(claim)")
    }
    return start + textCount
  }

  /// Describes an array that has no head of its own.
  init(descriptor: String, dimensions: [Int], isColumnMajor: Bool) {
    self.descriptor = descriptor
    self.dimensions = dimensions
    self.isColumnMajor = isColumnMajor
    byteCount = 0
  }

  /// Parses a whole head.
  init(_ bytes: Bytes, part: String) throws {
    byteCount = try Self.byteCount(in: bytes, part: part)
    let start = bytes[6] == 1 ? 10 : 12
    guard let text = bytes.slice(from: start, count: byteCount - start) else {
      throw WeightFileError(.damaged, bytes.file, part: part, "its npy header is cut off")
    }
    var parser = LiteralParser(text.array)
    do throws(LiteralParser.Failure) {
      let entries = try parser.dictionary()
      guard entries.count == 3, case .text(let descriptor) = entries["descr"],
        case .truth(let isColumnMajor) = entries["fortran_order"],
        case .tuple(let dimensions) = entries["shape"]
      else {
        throw LiteralParser.Failure(problem: "descr, fortran_order and shape are not what they should be")
      }
      (self.descriptor, self.isColumnMajor, self.dimensions) = (descriptor, isColumnMajor, dimensions)
    } catch {
      throw WeightFileError(
        .damaged, bytes.file, part: part, "its npy header cannot be read: \(error.problem)")
    }
  }
}

extension NPYHeader {
  /// Reads the one kind of Python dictionary that npy files have: strings, truth values and tuples of integers.
  private struct LiteralParser {
    struct Failure: Error { let problem: String }
    enum Value {
      case text(String)
      case truth(Bool)
      case tuple([Int])
    }

    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func dictionary() throws(Failure) -> [String: Value] {
      var entries: [String: Value] = [:]
      try expect("{")
      while !accept("}") {
        let key = try string()
        try expect(":")
        guard entries.updateValue(try value(), forKey: key) == nil else {
          throw Failure(problem: "it says \(key) twice")
        }
        if !accept(",") {
          try expect("}")
          break
        }
      }
      skipBlanks()
      guard position == text.count else { throw unexpected() }
      return entries
    }

    private mutating func value() throws(Failure) -> Value {
      skipBlanks()
      if accept("True") { return .truth(true) }
      if accept("False") { return .truth(false) }
      if accept("(") { return .tuple(try integers()) }
      if accept("[") {
        throw Failure(problem: "it describes records of several fields, and only plain numbers are read")
      }
      return .text(try string())
    }

    private mutating func integers() throws(Failure) -> [Int] {
      var integers: [Int] = []
      while !accept(")") {
        skipBlanks()
        let start = position
        while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
          position += 1
        }
        guard let integer = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
          throw unexpected()
        }
        integers.append(integer)
        // Python 2 wrote some integers as 3L.
        _ = accept("L")
        if !accept(",") {
          try expect(")")
          break
        }
      }
      return integers
    }

    private mutating func string() throws(Failure) -> String {
      let quote = accept("'") ? UInt8(ascii: "'") : UInt8(ascii: "\"")
      if quote == UInt8(ascii: "\"") { try expect("\"") }
      guard let end = text[position...].firstIndex(of: quote) else { throw unexpected() }
      defer { position = end + 1 }
      guard !text[position..<end].contains(UInt8(ascii: "\\")) else {
        throw Failure(problem: "it escapes a character")
      }
      return String(decoding: text[position..<end], as: UTF8.self)
    }

    private mutating func skipBlanks() {
      while position < text.count, text[position] == 0x20 || text[position] == 0x0a { position += 1 }
    }

    private mutating func accept(_ token: StaticString) -> Bool {
      skipBlanks()
      let token = "\(token)".utf8
      guard text[position...].starts(with: token) else { return false }
      position += token.count
      return true
    }

    private mutating func expect(_ token: StaticString) throws(Failure) {
      guard accept(token) else { throw unexpected() }
    }

    private func unexpected() -> Failure {
      let rest = String(decoding: text[position...].prefix(20), as: UTF8.self)
      return Failure(problem: "\"\(rest)\" at byte \(position) is not a part of such a header")
    }
  }
}
