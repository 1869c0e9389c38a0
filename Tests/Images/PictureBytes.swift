import Foundation
import GraftFiles
import GraftImages

/// A JPEG file taken apart: what stands before the first scan, and each scan with the tables before it.
struct JPEGPieces {
  var header: [[UInt8]] = []
  /// Segments that belong to the scan, and the coded data after them.
  var scans: [(segments: [[UInt8]], data: [UInt8])] = []
  var ending: [UInt8] = [0xFF, 0xD9]

  init(_ bytes: [UInt8]) {
    var (place, pending) = (2, [[UInt8]]())
    while place + 3 < bytes.count, bytes[place + 1] != 0xD9 {
      let size = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      let marker = bytes[place + 1]
      pending.append(Array(bytes[place..<place + 2 + size]))
      place += 2 + size
      // Tables of Huffman codes may change from scan to scan; all other segments stand before the first one.
      if scans.isEmpty, marker != 0xC4, marker != 0xDA {
        header += pending
        pending = []
      }
      guard marker == 0xDA else { continue }
      let start = place
      while place + 1 < bytes.count,
        bytes[place] != 0xFF || bytes[place + 1] == 0 || (0xD0...0xD7).contains(bytes[place + 1])
      { place += 1 }
      scans.append((pending, Array(bytes[start..<place])))
      pending = []
    }
  }

  init(_ name: String) throws { self.init(try Bytes(contentsOf: drawn(name)).array) }

  var bytes: [UInt8] {
    [0xFF, 0xD8] + header.flatMap { $0 } + scans.flatMap { $0.segments.flatMap { $0 } + $0.data } + ending
  }

  /// The number of the header's first segment with a marker.
  func segment(_ marker: UInt8) -> Int? { header.firstIndex { $0[1] == marker } }

  static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
  }
}

func decoded(
  _ bytes: [UInt8], pixelLimit: Int = Picture.defaultPixelLimit, reading: Picture.Reading = .upright
)
  throws -> Picture
{
  try Picture(
    decoding: Bytes(bytes, file: URL(fileURLWithPath: "made.bin")), pixelLimit: pixelLimit, reading: reading)
}

/// An EXIF structure with entries (tag, type, number of values, four bytes of the value) in its first directory and in its
/// second one.
func tiff(isBigEndian: Bool, _ first: [(Int, Int, Int, [UInt8])], second: [(Int, Int, Int, [UInt8])] = [])
  -> [UInt8]
{
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    let bytes = (0..<count).map { UInt8(value >> (8 * $0) & 255) }
    return isBigEndian ? bytes.reversed() : bytes
  }
  func directory(_ entries: [(Int, Int, Int, [UInt8])], next: Int) -> [UInt8] {
    number(entries.count, 2)
      + entries.flatMap { number($0.0, 2) + number($0.1, 2) + number($0.2, 4) + $0.3 } + number(next, 4)
  }
  let start = 8 + directory(first, next: 0).count
  return Array((isBigEndian ? "MM" : "II").utf8) + number(42, 2) + number(8, 4)
    + directory(first, next: second.isEmpty ? 0 : start) + (second.isEmpty ? [] : directory(second, next: 0))
}

/// A sound PNG file of Tests/Golden/images with chunks before its pixels and after them.
func pngFile(_ name: String, before: [UInt8] = [], after: [UInt8] = []) throws -> [UInt8] {
  let bytes = try Bytes(contentsOf: drawn(name)).array
  // Signature and header take 33 bytes, the last chunk 12.
  return Array(bytes[..<33]) + before + bytes[33..<bytes.count - 12] + after + bytes.suffix(12)
}
