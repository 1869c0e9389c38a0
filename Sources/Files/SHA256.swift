import CGraftKernels
import Foundation

/// The SHA-256 digest of a stream of bytes (FIPS 180-4, section 6.2).
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  private let portably: Bool

  /// The digest of nothing yet.
  public init() { portably = false }

  /// The same without the processor's own instructions for it.
  package init(portably: Bool) { self.portably = portably }

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
    let whole = (bytes.count - offset) / 64 * 64
    unsafe compress(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + whole]))
    offset += whole
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

  private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
    unsafe graft_sha256_blocks(&state, blocks.baseAddress, blocks.count / 64, portably ? 1 : 0)
  }
}
