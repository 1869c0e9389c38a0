import Foundation
import GraftImages
import Testing

/// Writes the small trees that the tests read.
extension URL {
  /// Writes a text file below this folder, with the folders above it.
  func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  /// Writes a picture below this folder; decoders look at the content, so the name may end as it likes.
  func write(_ picture: Picture, to path: String) throws {
    let header = "P\(picture.channels == 3 ? 6 : 5)\n\(picture.width) \(picture.height)\n255\n"
    try write(Data(header.utf8) + Data(picture.pixels), to: path)
  }

  /// Makes a folder below this one.
  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      at: appendingPathComponent(path), withIntermediateDirectories: true)
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(at: appendingPathComponent(path)) }

  private func write(_ data: Data, to path: String) throws {
    let file = appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }
}

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
