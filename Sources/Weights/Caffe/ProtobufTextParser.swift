/// Parses the text form of Protocol Buffers (protobuf.dev, "Text Format Language Specification"), as tolerantly as
/// Google's own parser: comments, lists, commas or semicolons after fields, `<` and `>` for braces, texts in either
/// quotation marks that are joined where they follow each other.
struct ProtobufTextParser {
  private typealias Failure = ProtobufText.Failure

  /// Messages lie within messages at most so deep; Caffe's need four levels.
  private static let deepest = 32

  private let text: [UInt8]
  private var position = 0
  private var line = 1

  init(_ text: [UInt8]) { self.text = text }

  /// The whole text.
  mutating func parse() throws(ProtobufText.Failure) -> ProtobufText {
    if text.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    return try message(until: nil, depth: 0)
  }
}

// MARK: Structure

extension ProtobufTextParser {
  /// The fields up to a closing brace, which is read, or to the end of the text.
  private mutating func message(until end: UInt8?, depth: Int) throws(ProtobufText.Failure) -> ProtobufText {
    let start = line
    guard depth <= Self.deepest else {
      throw Failure(line, "messages lie within messages more than \(Self.deepest) levels deep")
    }
    var fields: [ProtobufText.Field] = []
    while true {
      skipBlanks()
      guard let byte = peek else {
        guard end == nil else { throw Failure(start, "the message that begins here is not closed") }
        break
      }
      if byte == end {
        position += 1
        break
      }
      try field(into: &fields, depth: depth)
      skipBlanks()
      if peek == Character.comma || peek == Character.semicolon { position += 1 }
    }
    return ProtobufText(fields: fields)
  }

  private mutating func field(
    into fields: inout [ProtobufText.Field], depth: Int
  ) throws(ProtobufText.Failure) {
    let line = line
    let name = try fieldName()
    skipBlanks()
    let hasColon = accept(Character.colon)
    skipBlanks()
    func append(_ value: ProtobufText.Value) {
      fields.append(ProtobufText.Field(name: name, value: value, line: line))
    }
    guard accept(Character.openBracket) else {
      append(try value(hasColon: hasColon, depth: depth))
      return
    }
    skipBlanks()
    if accept(Character.closeBracket) { return }
    while true {
      skipBlanks()
      append(try value(hasColon: true, depth: depth))
      skipBlanks()
      if accept(Character.closeBracket) { return }
      guard accept(Character.comma) else { throw unexpected("a comma or ] in a list") }
    }
  }

  /// A name, or that of an extension in brackets.
  private mutating func fieldName() throws(ProtobufText.Failure) -> String {
    if accept(Character.openBracket) {
      let start = position
      while let byte = peek, byte != Character.closeBracket, byte != Character.lineEnd { position += 1 }
      let name = String(decoding: text[start..<position], as: UTF8.self)
      guard accept(Character.closeBracket) else { throw unexpected("] after the name of an extension") }
      return name
    }
    guard let name = word(), !name.hasPrefix("-") else { throw unexpected("the name of a field") }
    return name
  }

  private mutating func value(hasColon: Bool, depth: Int) throws(ProtobufText.Failure) -> ProtobufText.Value {
    switch peek {
    case Character.openBrace:
      position += 1
      return .message(try message(until: Character.closeBrace, depth: depth + 1))
    case Character.less:
      position += 1
      return .message(try message(until: Character.greater, depth: depth + 1))
    default: break
    }
    guard hasColon else { throw unexpected("a colon or a message after the name of a field") }
    if peek == Character.quote || peek == Character.apostrophe { return .text(try texts()) }
    guard let word = word() else { throw unexpected("a value") }
    return .word(word)
  }
}

// MARK: Tokens

extension ProtobufTextParser {
  private enum Character {
    static let lineEnd = UInt8(ascii: "\n")
    static let comment = UInt8(ascii: "#")
    static let comma = UInt8(ascii: ",")
    static let semicolon = UInt8(ascii: ";")
    static let colon = UInt8(ascii: ":")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let less = UInt8(ascii: "<")
    static let greater = UInt8(ascii: ">")
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let backslash = UInt8(ascii: "\\")
  }

  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek {
      switch byte {
      case Character.lineEnd: line += 1
      case 0x20, 0x09, 0x0b, 0x0c, 0x0d: break
      case Character.comment:
        while let next = peek, next != Character.lineEnd { position += 1 }
        continue
      default: return
      }
      position += 1
    }
  }

  /// Letters, digits, underscores, signs and points: a name, a number or a word; nil where none begins.
  private mutating func word() -> String? {
    let start = position
    while let byte = peek, Self.wordBytes.contains(byte) { position += 1 }
    return position > start ? String(decoding: text[start..<position], as: UTF8.self) : nil
  }

  private static let wordBytes = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-".utf8)

  /// One text, or several that follow each other and are one.
  private mutating func texts() throws(ProtobufText.Failure) -> String {
    let line = line
    var bytes: [UInt8] = []
    repeat {
      try appendText(to: &bytes)
      skipBlanks()
    } while peek == Character.quote || peek == Character.apostrophe
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(line, "this text is not UTF-8")
    }
    return text
  }

  private mutating func appendText(to bytes: inout [UInt8]) throws(ProtobufText.Failure) {
    let quote = peek
    position += 1
    while let byte = peek, byte != Character.lineEnd {
      position += 1
      if byte == quote { return }
      guard byte == Character.backslash else {
        bytes.append(byte)
        continue
      }
      try appendEscaped(to: &bytes)
    }
    throw Failure(line, "a text is not closed")
  }

  private func unexpected(_ wanted: String) -> ProtobufText.Failure {
    guard position < text.count else { return Failure(line, "the text ends, and \(wanted) is missing") }
    let rest = text[position...].prefix(16).prefix { $0 != Character.lineEnd }
    return Failure(line, "\(String(decoding: rest, as: UTF8.self)) is not \(wanted)")
  }
}

// MARK: Escapes

extension ProtobufTextParser {
  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09, UInt8(ascii: "a"): 0x07,
    UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0c, UInt8(ascii: "v"): 0x0b, UInt8(ascii: "\\"): 0x5c,
    UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22, UInt8(ascii: "?"): 0x3f,
  ]

  /// What follows a backslash, as in C: a letter, up to three octal digits, or `x` and up to two hexadecimal ones; and
  /// `u` and four, or `U` and eight, for a Unicode scalar.
  private mutating func appendEscaped(to bytes: inout [UInt8]) throws(ProtobufText.Failure) {
    guard let byte = peek else { throw Failure(line, "a text is not closed") }
    if let digit = Self.value(of: byte), digit < 8 {
      bytes.append(UInt8(truncatingIfNeeded: digits(radix: 8, atMost: 3) ?? 0))
      return
    }
    position += 1
    if let plain = Self.escapes[byte] {
      bytes.append(plain)
      return
    }
    let value: Int?
    switch byte {
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      value = digits(radix: 16, atMost: 2)
      if let value { bytes.append(UInt8(truncatingIfNeeded: value)) }
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      value = digits(radix: 16, atMost: byte == UInt8(ascii: "u") ? 4 : 8)
      if let value, let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) {
        bytes.append(contentsOf: String(scalar).utf8)
      }
    default: value = nil
    }
    guard value != nil else {
      throw Failure(line, "a backslash in a text is followed by no escape that exists")
    }
  }

  private mutating func digits(radix: Int, atMost limit: Int) -> Int? {
    var value: Int?
    for _ in 0..<limit {
      guard let byte = peek, let digit = Self.value(of: byte), digit < radix else { break }
      value = (value ?? 0) * radix + digit
      position += 1
    }
    return value
  }

  private static func value(of digit: UInt8) -> Int? {
    // A digit of any radix up to 16.
    Int(String(decoding: [digit], as: UTF8.self), radix: 16)
  }
}
