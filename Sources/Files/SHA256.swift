import Foundation

/// The SHA-256 digest of a stream of bytes (FIPS 180-4, section 6.2).
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  /// The digest of nothing yet.
  public init() {}

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var offset = 0
    if !pending.isEmpty {
      offset = min(64 - pending.count, bytes.count)
      unsafe pending.append(contentsOf: bytes[..<offset])
      guard pending.count == 64 else { return }
      let block = pending
      unsafe block.withUnsafeBytes { unsafe compress($0) }
      pending.removeAll(keepingCapacity: true)
    }
    while bytes.count - offset >= 64 {
      unsafe compress(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 64]))
      offset += 64
    }
    unsafe pending.append(contentsOf: bytes[offset...])
  }

  /// Adds the UTF-8 bytes of a text.
  public mutating func update(_ text: String) {
    unsafe Array(text.utf8).withUnsafeBytes { unsafe update($0) }
  }

  /// The digest as 64 hexadecimal digits.
  public consuming func finalize() -> String {
    let bitCount = length &* 8
    var padding: [UInt8] = [0x80]
    padding += [UInt8](repeating: 0, count: (119 - pending.count) % 64)
    padding += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) }
    unsafe padding.withUnsafeBytes { unsafe update($0) }
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// The digest of some bytes, as 64 hexadecimal digits.
  public static func digest(of bytes: UnsafeRawBufferPointer) -> String {
    var digest = SHA256()
    unsafe digest.update(bytes)
    return digest.finalize()
  }

  /// The digest of a text's UTF-8 bytes, as 64 hexadecimal digits.
  public static func digest(of text: String) -> String {
    var digest = SHA256()
    digest.update(text)
    return digest.finalize()
  }

  /// The digest of a file, as 64 hexadecimal digits.
  ///
  /// - Throws: ``FileError`` if it cannot be read.
  public static func digest(of file: URL) throws -> String {
    try unsafe Bytes(contentsOf: file).withUnsafeBytes { unsafe digest(of: $0) }
  }

  private mutating func compress(_ block: UnsafeRawBufferPointer) {
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      for index in 0..<16 {
        unsafe w[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
      }
      for index in 16..<64 {
        let (early, late) = unsafe (w[index - 15], w[index - 2])
        let s0 = early.rotated(7) ^ early.rotated(18) ^ (early >> 3)
        let s1 = late.rotated(17) ^ late.rotated(19) ^ (late >> 10)
        unsafe w[index] = w[index - 16] &+ s0 &+ w[index - 7] &+ s1
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      unsafe Self.constants.withUnsafeBufferPointer { k in
        for index in 0..<64 {
          let s1 = e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)
          let first = unsafe h &+ s1 &+ ((e & f) ^ (~e & g)) &+ k[index] &+ w[index]
          let s0 = a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)
          let second = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
          (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
      }
      for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
    }
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}

extension UInt32 {
  fileprivate func rotated(_ count: UInt32) -> UInt32 { (self >> count) | (self << (32 - count)) }
}
