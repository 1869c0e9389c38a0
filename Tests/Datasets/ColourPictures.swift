import Foundation
import GraftImages
import Testing

extension Picture {
  /// Red, green and blue, one letter a pixel: R, G, B, K for black, and a mixture of each, r, g, b.
  static func colours(_ rows: String...) -> Picture {
    let colours: [Character: [UInt8]] = [
      "R": [255, 0, 0], "G": [0, 255, 0], "B": [0, 0, 255], "K": [0, 0, 0], "r": [200, 90, 100],
      "g": [90, 200, 100], "b": [90, 100, 200],
    ]
    return Picture(
      width: rows[0].count, height: rows.count, channels: 3,
      pixels: rows.joined().flatMap { colours[$0] ?? [] })
  }

  /// Grey values, row by row.
  static func grey(_ rows: [UInt8]...) -> Picture {
    Picture(width: rows[0].count, height: rows.count, channels: 1, pixels: rows.flatMap { $0 })
  }
}

/// The message with which something fails; the test fails if it does not.
func message(_ body: () throws -> Void) -> String {
  let error = #expect(throws: (any Error).self) { try body() }
  return error.map { "\($0)" } ?? ""
}
