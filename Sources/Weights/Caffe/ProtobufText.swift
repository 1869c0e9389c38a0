/// A message of Protocol Buffers in its text form, as Caffe's `.prototxt` files hold it: fields in the order of the text,
/// whose meaning the caller knows.
struct ProtobufText {
  /// One field; what a list holds are fields of one name.
  struct Field {
    let name: String
    let value: Value
    /// From 1.
    let line: Int
  }

  enum Value {
    /// In quotation marks.
    case text(String)
    /// A number, a truth value, or the word for a case of an enumeration.
    case word(String)
    case message(ProtobufText)
  }

  /// What is wrong with which line.
  struct Failure: Error {
    let line: Int
    let problem: String

    init(_ line: Int, _ problem: String) {
      self.line = line
      self.problem = problem
    }
  }

  let fields: [Field]
}

// MARK: Reading fields

extension ProtobufText {
  /// All fields of one name.
  func fields(_ name: String) -> [Field] { fields.filter { $0.name == name } }

  /// The messages of one name, in order.
  func messages(_ name: String) throws(Failure) -> [ProtobufText] {
    var messages: [ProtobufText] = []
    for field in fields(name) { messages.append(try field.message()) }
    return messages
  }

  /// The last message of a name, which is the one that counts; an empty one where there is none.
  func message(_ name: String) throws(Failure) -> ProtobufText {
    try messages(name).last ?? ProtobufText(fields: [])
  }

  /// The texts of one name, in order.
  func texts(_ name: String) throws(Failure) -> [String] {
    var texts: [String] = []
    for field in fields(name) { texts.append(try field.text()) }
    return texts
  }

  /// The whole numbers of one name, in order.
  func integers(_ name: String) throws(Failure) -> [Int] {
    var integers: [Int] = []
    for field in fields(name) { integers.append(try field.integer()) }
    return integers
  }

  /// The last whole number of one name.
  func integer(_ name: String) throws(Failure) -> Int? { try fields(name).last?.integer() }

  /// The last number of one name.
  func number(_ name: String) throws(Failure) -> Double? { try fields(name).last?.number() }

  /// The last truth value of one name.
  func boolean(_ name: String) throws(Failure) -> Bool? { try fields(name).last?.boolean() }

  /// The last word or text of one name: enumerations are written either way.
  func word(_ name: String) throws(Failure) -> String? { try fields(name).last?.word() }
}

extension ProtobufText.Field {
  private typealias Failure = ProtobufText.Failure

  func message() throws(ProtobufText.Failure) -> ProtobufText {
    guard case .message(let message) = value else { throw wrong("a message in braces") }
    return message
  }

  func text() throws(ProtobufText.Failure) -> String {
    guard case .text(let text) = value else { throw wrong("a text in quotation marks") }
    return text
  }

  func word() throws(ProtobufText.Failure) -> String {
    switch value {
    case .text(let word), .word(let word): return word
    case .message: throw wrong("a word")
    }
  }

  /// Decimal, hexadecimal or octal.
  func integer() throws(ProtobufText.Failure) -> Int {
    guard case .word(let word) = value else { throw wrong("a whole number") }
    let sign = word.hasPrefix("-") ? "-" : ""
    let digits = word.dropFirst(sign.count)
    let integer: Int?
    if digits.lowercased().hasPrefix("0x") {
      integer = Int(sign + digits.dropFirst(2), radix: 16)
    } else if digits.count > 1, digits.hasPrefix("0") {
      integer = Int(sign + digits.dropFirst(), radix: 8)
    } else {
      integer = Int(sign + digits)
    }
    guard let integer else { throw wrong("a whole number") }
    return integer
  }

  /// A whole number, or one with a fraction, an exponent or an `f` at its end.
  func number() throws(ProtobufText.Failure) -> Double {
    if let integer = try? integer() { return Double(integer) }
    guard case .word(let word) = value else { throw wrong("a number") }
    let isMarked = word.lowercased().hasSuffix("f") && !word.lowercased().hasSuffix("inf")
    guard let number = Double(isMarked ? String(word.dropLast()) : word) else { throw wrong("a number") }
    return number
  }

  func boolean() throws(ProtobufText.Failure) -> Bool {
    guard case .word(let word) = value else { throw wrong("true or false") }
    switch word {
    case "true", "True", "t", "1": return true
    case "false", "False", "f", "0": return false
    default: throw wrong("true or false")
    }
  }

  private func wrong(_ wanted: String) -> ProtobufText.Failure {
    let found =
      switch value {
      case .text(let text): "\"\(text)\""
      case .word(let word): word
      case .message: "a message"
      }
    return ProtobufText.Failure(line, "\(name) should be \(wanted), not \(found)")
  }
}
