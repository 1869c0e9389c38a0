/// The cyclic redundancy check of RFC 3720, appendix B.4 (Castagnoli's polynomial), which the records of event files
/// carry; zlib's has another polynomial.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0x82f6_3b78 }
  }

  /// The check of some bytes.
  static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { value, byte in table[Int((value ^ UInt32(byte)) & 0xff)] ^ (value >> 8) }
  }
}
