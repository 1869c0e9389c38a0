import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A screen on which a line can be overwritten, as long as it is not longer than the screen is wide.
public struct Terminal: Sendable {
  private let currentWidth: @Sendable () -> Int?

  /// Takes a terminal whose width, in columns, is asked before each line, as people change it; nil where it is not known.
  public init(width: @escaping @Sendable () -> Int?) { currentWidth = width }

  /// That of standard error; nil if it goes to a file or to another program.
  public static var standardError: Terminal? {
    guard isatty(STDERR_FILENO) != 0 else { return nil }
    return Terminal {
      var size = winsize()
      guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
      return Int(size.ws_col)
    }
  }

  /// How many columns a line may have. The last one is left free: some terminals begin a new line after it.
  var lineWidth: Int { max((currentWidth() ?? 80) - 1, 1) }

  /// Goes back to the beginning of the line and clears it.
  package static let startOfLine = "\r\u{1B}[K"
}

extension String {
  /// How many columns the text takes on a terminal: two for characters as wide as high, none for marks on others.
  var columnCount: Int { reduce(0) { $0 + $1.columnCount } }

  /// The text in at most so many columns, with … where something was left out at its end.
  func shortened(to columns: Int) -> String {
    if columnCount <= columns { return self }
    var (kept, rest) = ("", columns - 1)
    for character in self {
      guard character.columnCount <= rest else { break }
      rest -= character.columnCount
      kept.append(character)
    }
    return columns > 0 ? kept + "…" : ""
  }
}

extension Character {
  /// East Asian wide characters and emoji take two columns (Unicode's annex 11).
  fileprivate var columnCount: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }
}
