import TestSupport

/// A PNG file of one row, with the bytes of each pixel; or of several pixels together, where `width` says how many there are.
func pngBytes(
  _ pixels: [[UInt8]], colour: UInt8, depth: UInt8 = 8, width: Int? = nil, palette: [UInt8] = [],
  chunks: [(name: String, content: [UInt8])] = []
) -> [UInt8] {
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
  stream += row + bigEndianBytes(high << 16 | low)
  var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  file += pngChunk(
    "IHDR", bigEndianBytes(UInt32(width ?? pixels.count)) + bigEndianBytes(1) + [depth, colour, 0, 0, 0])
  if !palette.isEmpty { file += pngChunk("PLTE", palette.flatMap { [$0, $0, $0] }) }
  for own in chunks { file += pngChunk(own.name, own.content) }
  return file + pngChunk("IDAT", stream) + pngChunk("IEND", [])
}
