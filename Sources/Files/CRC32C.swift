import CGraftKernels

/// The cyclic redundancy check of RFC 3720, appendix B.4 (Castagnoli's polynomial), for which processors have an
/// instruction; zlib's has another polynomial.
public enum CRC32C {
  /// The check of some bytes.
  public static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    unsafe graft_crc32c(bytes.baseAddress, bytes.count)
  }

  /// The check of some bytes.
  public static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    unsafe Array(bytes).withUnsafeBytes { unsafe checksum(of: $0) }
  }
}
