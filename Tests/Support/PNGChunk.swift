/// A chunk of a PNG file, with its checksum.
package func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + content
  var checksum = UInt32.max
  for byte in body {
    checksum ^= UInt32(byte)
    for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return bigEndianBytes(UInt32(content.count)) + body + bigEndianBytes(~checksum)
}

/// The four bytes of a number, the highest first.
package func bigEndianBytes(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) }
}
