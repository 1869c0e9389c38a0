import Foundation

/// What a file is called in its folder: bytes, as the system keeps it.
///
/// Two names are equal if their bytes are. A `String` cannot stand for a name: it takes `é` for equal to `e` with an accent
/// after it, which are two files, and has no place for bytes that are not UTF-8.
public struct FileName: Sendable, Hashable, Comparable {
  /// The name, without the folder and without a zero at its end.
  public let bytes: [UInt8]

  /// Takes a name from a folder or a list.
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Takes a name that is text, such as one that the program makes.
  public init(_ text: String) { self.init(text.utf8) }

  /// The order of the bytes: capital letters first.
  public static func < (one: Self, other: Self) -> Bool {
    one.bytes.lexicographicallyPrecedes(other.bytes)
  }

  /// Whether file managers hide it.
  public var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  /// What follows the last dot, in small letters; nothing if there is no dot but at the beginning.
  public var ending: String {
    dot.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self).lowercased() } ?? ""
  }

  /// The name without the last dot and what follows it.
  public var stem: FileName { FileName(bytes[..<(dot ?? bytes.count)]) }

  private var dot: Int? {
    bytes.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil }
  }

  /// The name with something after it.
  public static func + (name: FileName, suffix: String) -> FileName { FileName(name.bytes + suffix.utf8) }

  /// The first bytes of the name, at most so many, without a letter cut in two.
  public func prefix(_ count: Int) -> FileName {
    guard bytes.count > count else { return self }
    var end = max(count, 0)
    while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return FileName(bytes[..<end])
  }
}

extension FileName: CustomStringConvertible {
  /// The name for people: bytes that are not UTF-8 as `\xF1`.
  public var description: String { FileText.shown(bytes) }

  /// A text that no other name has, however texts are compared.
  ///
  /// It is the name itself where that is UTF-8 in its composed form without a backslash. Otherwise, a backslash is doubled,
  /// and of names that are decomposed or not UTF-8 all bytes beyond ASCII are written as `\xCC`.
  public var identifier: String {
    let text = String(validating: bytes, as: UTF8.self)
    let isComposed = text.map {
      $0.unicodeScalars.elementsEqual($0.precomposedStringWithCanonicalMapping.unicodeScalars)
    }
    let escapes = isComposed != true
    guard escapes || bytes.contains(UInt8(ascii: "\\")) else { return text ?? "" }
    let escaped = bytes.flatMap { byte -> [UInt8] in
      if byte == UInt8(ascii: "\\") { return [byte, byte] }
      return escapes && byte >= 0x80 ? Array(FileText.escaped(byte).utf8) : [byte]
    }
    return String(decoding: escaped, as: UTF8.self)
  }
}

/// Text that stands for bytes which may not be UTF-8.
public enum FileText {
  /// For people: bytes that are not UTF-8 as `\xF1`.
  static func shown(_ bytes: [UInt8]) -> String {
    String(validating: bytes, as: UTF8.self)
      ?? pieces(of: bytes).map { piece in
        switch piece {
        case .scalar(let scalar): String(scalar)
        case .stray(let byte): escaped(byte)
        }
      }.joined()
  }

  static func escaped(_ byte: UInt8) -> String {
    (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16, uppercase: true)
  }

  /// A text from which ``bytes(of:)`` gets these very bytes back, whatever they are: each that is not UTF-8 becomes a
  /// character for private use, U+EF80 to U+EFFF, and those characters themselves are taken apart in the same way.
  public static func lossless(_ bytes: [UInt8]) -> String {
    var scalars = String.UnicodeScalarView()
    func append(_ byte: UInt8) {
      if let scalar = Unicode.Scalar(privateUse + UInt32(byte)) { scalars.append(scalar) }
    }
    for piece in pieces(of: bytes) {
      switch piece {
      case .stray(let byte): append(byte)
      case .scalar(let scalar):
        if strays.contains(scalar.value) {
          for byte in UTF8.encode(scalar) ?? .init() { append(byte) }
        } else {
          scalars.append(scalar)
        }
      }
    }
    return String(scalars)
  }

  /// The bytes that a text of ``lossless(_:)`` stands for.
  public static func bytes(of lossless: String) -> [UInt8] {
    lossless.unicodeScalars.flatMap { scalar -> [UInt8] in
      strays.contains(scalar.value)
        ? [UInt8(scalar.value - privateUse)] : Array(String(scalar).utf8)
    }
  }

  private static let privateUse: UInt32 = 0xEF00
  private static let strays: ClosedRange<UInt32> = 0xEF80...0xEFFF

  private enum Piece {
    case scalar(Unicode.Scalar)
    case stray(UInt8)
  }

  private static func pieces(of bytes: [UInt8]) -> [Piece] {
    var (parser, rest, place) = (Unicode.UTF8.ForwardParser(), bytes.makeIterator(), 0)
    var pieces: [Piece] = []
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        pieces.append(.scalar(UTF8.decode(encoded)))
        place += encoded.count
      case .error(let length):
        pieces += bytes[place..<place + length].map(Piece.stray)
        place += length
      case .emptyInput: return pieces
      }
    }
  }
}
