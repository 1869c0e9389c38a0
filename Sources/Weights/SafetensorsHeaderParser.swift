/// Reads the JSON of a safetensors header (RFC 8259), and of JSON only what such a header may have.
///
/// Its own parser, because the usual ones keep the last of two equal keys, which the format forbids and an attacker may
/// use to show different tensors to different readers. It does not recurse: the header's depth is fixed.
struct SafetensorsHeaderParser {
  struct Failure: Error {
    let problem: String
    let position: Int
  }

  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func header() throws(Failure) -> ([SafetensorsHeader.Entry], metadata: [String: String]) {
    var entries: [SafetensorsHeader.Entry] = []
    var metadata: [String: String] = [:]
    try object { (parser, name) throws(Failure) in
      if name == SafetensorsHeader.metadataName {
        try parser.object { (parser, key) throws(Failure) in metadata[key] = try parser.string() }
      } else {
        entries.append(try parser.entry(name))
      }
    }
    skipBlanks()
    guard position == text.count else { throw failure("something follows the closing brace") }
    return (entries, metadata)
  }

  private mutating func entry(_ name: String) throws(Failure) -> SafetensorsHeader.Entry {
    var type: SafetensorsHeader.ElementType?
    var dimensions: [Int]?
    var offsets: [Int]?
    try object { (parser, key) throws(Failure) in
      switch key {
      case "dtype":
        let name = try parser.string()
        type = SafetensorsHeader.ElementType(rawValue: name)
        if type == nil { throw parser.failure("the element type \(name) is unknown") }
      case "shape": dimensions = try parser.integers()
      case "data_offsets": offsets = try parser.integers()
      default: throw parser.failure("\(key) has no meaning in a tensor's entry")
      }
    }
    guard let type, let dimensions, let offsets, offsets.count == 2 else {
      throw failure("\(name) lacks its dtype, its shape or its two data_offsets")
    }
    return SafetensorsHeader.Entry(
      name: name, type: type, dimensions: dimensions, start: offsets[0], end: offsets[1])
  }

  /// Reads an object, calling `member` at the value of each key; a key that comes twice is an error.
  private mutating func object(
    _ member: (inout SafetensorsHeaderParser, String) throws(Failure) -> Void
  ) throws(Failure) {
    var keys: Set<String> = []
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      guard keys.insert(key).inserted else { throw failure("the name \(key) comes twice") }
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  private mutating func integers() throws(Failure) -> [Int] {
    var integers: [Int] = []
    try expect("[")
    if accept("]") { return [] }
    repeat {
      skipBlanks()
      let start = position
      while let byte = byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
      let digits = text[start..<position]
      guard digits.count == 1 || digits.first != UInt8(ascii: "0"),
        let integer = Int(String(decoding: digits, as: UTF8.self))
      else { throw failure("a length or a place is no whole number from 0 to 2⁶³ − 1") }
      integers.append(integer)
    } while accept(",")
    try expect("]")
    return integers
  }

  private mutating func string() throws(Failure) -> String {
    try expect("\"")
    var content: [UInt8] = []
    while let next = byte, next != UInt8(ascii: "\"") {
      guard next >= 0x20 else { throw failure("a text has a control character") }
      position += 1
      if next == UInt8(ascii: "\\") { content += try escaped().utf8 } else { content.append(next) }
    }
    try expectNext("\"")
    guard let string = String(validating: content, as: UTF8.self) else {
      throw failure("a text is not UTF-8")
    }
    return string
  }

  /// What follows a backslash.
  private mutating func escaped() throws(Failure) -> String {
    defer { position += 1 }
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), text[(position + 1)...].starts(with: Array("\\u".utf8)) {
        position += 2
        units.append(try codeUnit())
      }
      guard let string = String(validating: units, as: UTF16.self) else {
        throw failure("half a surrogate pair")
      }
      return string
    default: throw failure("a backslash before a character that needs none")
    }
  }

  /// Four hexadecimal digits after a `u`; ends on the last of them.
  private mutating func codeUnit() throws(Failure) -> UInt16 {
    let digits = text[(position + 1)...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("\\u without four hexadecimal digits") }
    position += 4
    return unit
  }

  private var byte: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipBlanks() {
    while let byte, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard byte == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    skipBlanks()
    try expectNext(character)
  }

  private mutating func expectNext(_ character: Unicode.Scalar) throws(Failure) {
    guard byte == UInt8(ascii: character) else { throw failure("\(character) is missing") }
    position += 1
  }

  private func failure(_ problem: String) -> Failure { Failure(problem: problem, position: position) }
}
