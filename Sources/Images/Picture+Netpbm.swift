import Foundation
import GraftFiles

extension Picture {
  /// Decodes a Netpbm file: P1 to P6, any maximum up to 65535; comments may stand between the numbers of the header.
  ///
  /// - Parameters:
  ///   - kind: the digit after the P.
  ///   - reading: whether samples are scaled from their maximum.
  init(netpbm bytes: Bytes, kind: Int, pixelLimit: Int, reading: Reading) throws {
    let channels = kind % 3 == 0 ? 3 : 1
    let isBits = kind % 3 == 1
    var reader = NetpbmReader(bytes)
    let width = try reader.number("width", in: 1...Int(Int32.max))
    let height = try reader.number("height", in: 1...Int(Int32.max))
    try Self.check(width: width, height: height, limit: pixelLimit, file: bytes.file)
    let maximum = isBits ? 1 : try reader.number("maximum", in: 1...65535)
    guard reading != .numbers || maximum < 256 else {
      throw PictureError(
        .unsupported, bytes.file,
        "its samples go up to \(maximum), and as the number of a class a pixel has one byte")
    }
    reader.range = reading == .numbers ? 255 : maximum
    let count = width * height * channels
    let pixels: [UInt8]
    switch kind {
    case 1: pixels = try reader.bitDigits(count)
    case 2, 3: pixels = try reader.textSamples(count, maximum: maximum)
    case 4: pixels = try reader.packedBits(width: width, height: height)
    default: pixels = try reader.binarySamples(count, maximum: maximum)
    }
    // A bit is 1 where it is black.
    let isNumber = isBits && reading == .numbers
    self.init(
      width: width, height: height, channels: channels,
      pixels: isNumber ? pixels.map { $0 == 0 ? 1 : 0 } : pixels)
  }
}

/// Reads numbers and samples one after the other.
private struct NetpbmReader {
  private let bytes: Bytes
  /// After `P6`.
  private var offset = 2
  /// What becomes 255.
  var range = 255

  init(_ bytes: Bytes) { self.bytes = bytes }

  private func damaged(_ reason: String) -> PictureError { PictureError(.damaged, bytes.file, reason) }

  private mutating func skipSpaceAndComments() {
    while let byte = bytes[offset] {
      if byte == UInt8(ascii: "#") {
        while let byte = bytes[offset], byte != UInt8(ascii: "\n") { offset += 1 }
      } else if byte.isNetpbmSpace {
        offset += 1
      } else {
        return
      }
    }
  }

  mutating func number(_ name: String, in range: ClosedRange<Int>) throws -> Int {
    skipSpaceAndComments()
    let start = offset
    var value = 0
    while let byte = bytes[offset], (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      value = 10 * value + Int(byte - UInt8(ascii: "0"))
      guard value <= range.upperBound else { throw damaged("its \(name) is above \(range.upperBound)") }
      offset += 1
    }
    guard offset > start else {
      throw damaged("a number is missing where its \(name) should stand, at byte \(start)")
    }
    guard value >= range.lowerBound else { throw damaged("its \(name) is \(value)") }
    return value
  }

  /// The rest of the file after the one blank that ends the header, if it is as long as that.
  private func raster(_ count: Int) throws -> Bytes {
    guard let blank = bytes[offset], blank.isNetpbmSpace else { throw damaged("no blank ends its header") }
    guard let raster = bytes.slice(from: offset + 1, count: count) else {
      throw damaged(
        "it ends too early: its header promises \(count) bytes, \(bytes.count - offset - 1) follow")
    }
    return raster
  }

  func binarySamples(_ count: Int, maximum: Int) throws -> [UInt8] {
    if maximum == 255 && range == 255 { return try raster(count).array }
    if maximum < 256 { return try scaled(raster(count).array.lazy.map(Int.init), maximum: maximum) }
    let samples = try raster(2 * count).array
    return try scaled(
      (0..<count).lazy.map { Int(samples[2 * $0]) << 8 | Int(samples[2 * $0 + 1]) }, maximum: maximum)
  }

  /// Rounds v · 255 / range.
  private func scaled(_ samples: some Collection<Int>, maximum: Int) throws -> [UInt8] {
    try samples.map { sample in
      guard sample <= maximum else { throw damaged("a sample of \(sample) is above its maximum, \(maximum)") }
      return UInt8((2 * 255 * sample + range) / (2 * range))
    }
  }

  mutating func textSamples(_ count: Int, maximum: Int) throws -> [UInt8] {
    try promise(count)
    var samples: [Int] = []
    samples.reserveCapacity(count)
    for _ in 0..<count { samples.append(try number("sample", in: 0...maximum)) }
    return try scaled(samples, maximum: maximum)
  }

  /// A 1 is black. Digits need no blanks between them.
  mutating func bitDigits(_ count: Int) throws -> [UInt8] {
    try promise(count)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    for _ in 0..<count {
      skipSpaceAndComments()
      switch bytes[offset] {
      case UInt8(ascii: "0"): pixels.append(255)
      case UInt8(ascii: "1"): pixels.append(0)
      default: throw damaged("a bit is missing at byte \(offset)")
      }
      offset += 1
    }
    return pixels
  }

  /// Every sample takes a byte at least: a short file must not make us reserve a lot of memory.
  private func promise(_ count: Int) throws {
    guard count <= bytes.count - offset else {
      throw damaged(
        "it ends too early: its header promises \(count) numbers, \(bytes.count - offset) bytes follow")
    }
  }

  /// A 1 is black. Rows begin at a byte, the highest bit first.
  func packedBits(width: Int, height: Int) throws -> [UInt8] {
    let rowLength = (width + 7) / 8
    let rows = try raster(rowLength * height).array
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        let isBlack = rows[y * rowLength + x / 8] >> (7 - x % 8) & 1 == 1
        pixels.append(isBlack ? 0 : 255)
      }
    }
    return pixels
  }
}
