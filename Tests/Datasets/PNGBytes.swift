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
  let row: [UInt8] = [0] + pixels.flatMap { $0 }
  var (low, high): (UInt32, UInt32) = (1, 0)
  for byte in row {
    low = (low + UInt32(byte)) % 65521
    high = (high + low) % 65521
  }
  let count = UInt16(row.count)
  var stream: [UInt8] = [0x78, 1, 1]
  stream += [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
  stream += row + number(high << 16 | low)
  var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  file += chunk("IHDR", number(UInt32(pixels.count)) + number(1) + [depth, colour, 0, 0, 0])
  if !palette.isEmpty { file += chunk("PLTE", palette.flatMap { [$0, $0, $0] }) }
  for own in chunks { file += chunk(own.name, own.content) }
  return file + chunk("IDAT", stream) + chunk("IEND", [])
}
