import GraftFiles
import Testing

@Test func theCheckIsThatOfTheStandard() {
  // The usual check value of the polynomial, and RFC 3720's for 32 bytes of zeros, of ones, and counting up.
  #expect(CRC32C.checksum(of: "123456789".utf8) == 0xe306_9283)
  #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
  #expect(CRC32C.checksum(of: [UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
  #expect(CRC32C.checksum(of: 0..<32) == 0x46dd_794e)
  // Lengths that are no multiples of a word, against a byte at a time.
  let bytes = (0..<37).map { UInt8($0 * 29 % 256) }
  var slow = ~UInt32(0)
  for byte in bytes {
    slow ^= UInt32(byte)
    for _ in 0..<8 { slow = slow & 1 == 0 ? slow >> 1 : (slow >> 1) ^ 0x82f6_3b78 }
  }
  #expect(CRC32C.checksum(of: bytes) == ~slow)
}
