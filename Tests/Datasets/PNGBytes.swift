/// A PNG file of one row, with the bytes of each pixel.
func pngBytes(
  _ pixels: [[UInt8]], colour: UInt8, depth: UInt8 = 8, palette: [UInt8] = [],
  chunks: [(name: String, content: [UInt8])] = []
) -> [UInt8] {
  func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
  func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    var checksum = UInt32.max
    for byte in body {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return number(UInt32(content.count)) + body + number(~checksum)
  }
  // A deflate stream that stores its bytes as they are (RFC 1950 and 1951).
  let row = [0] + pixels.flatMap { $0 }
  let (low, high) = row.reduce((UInt32(1), UInt32(0))) { sums, byte in
    let low = (sums.0 + UInt32(byte)) % 65521
    return (low, (sums.1 + low) % 65521)
  }
  let count = UInt16(row.count)
  let stream: [UInt8] =
    [0x78, 1, 1, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + row
    + number(high << 16 | low)
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + chunk("IHDR", number(UInt32(pixels.count)) + number(1) + [depth, colour, 0, 0, 0])
    + (palette.isEmpty ? [] : chunk("PLTE", palette.flatMap { [$0, $0, $0] }))
    + chunks.flatMap { chunk($0.name, $0.content) } + chunk("IDAT", stream) + chunk("IEND", [])
}
