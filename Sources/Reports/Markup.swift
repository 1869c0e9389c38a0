import Foundation

/// HTML or SVG. Text that is interpolated into it is escaped; only markup goes in as it is, so that forgetting to escape
/// a name from a file is a type error.
struct Markup: Equatable {
  private(set) var text: String

  static let empty: Markup = ""

  static func += (left: inout Markup, right: Markup) { left.text += right.text }

  /// The same text as it stands between tags and in quoted attributes of HTML and of XML.
  ///
  /// Characters that neither may hold (XML 1.0, section 2.2) become U+FFFD.
  static func escaped(_ text: String) -> Markup {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(scalar)
      case "\u{0}"..<" ", "\u{7f}"..<"\u{a0}", "\u{fffe}", "\u{ffff}": result.append("\u{fffd}")
      default: result.append(scalar)
      }
    }
    return Markup(text: String(result))
  }

  /// Markup that stands only where something holds.
  ///
  /// Not `condition ? "<p>…" : ""`: in an interpolation the compiler would take that for text and escape it.
  static func when(_ condition: Bool, _ markup: @autoclosure () -> Markup) -> Markup {
    condition ? markup() : empty
  }

  private init(text: String) { self.text = text }
}

extension Markup: ExpressibleByStringInterpolation {
  init(stringLiteral value: String) { text = value }

  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value).text }
    mutating func appendInterpolation(_ value: Markup) { text += value.text }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }

    /// A coordinate or a length, to a hundredth.
    mutating func appendInterpolation(_ value: Double) {
      let digits = String(format: "%.2f", value)
      let trimmed = digits.hasSuffix(".00") ? String(digits.dropLast(3)) : digits
      text += trimmed == "-0" ? "0" : trimmed
    }
  }
}

extension Sequence<Markup> {
  /// The parts, each on lines of its own.
  var lines: Markup { reduce(into: .empty) { $0 += "\($1)\n" } }
  /// The parts, with nothing between them.
  var concatenated: Markup { reduce(into: .empty) { $0 += $1 } }
}
