import GraftFiles

extension HDF5File {
  /// The checksums that HDF5 stores beside its own structures and beside filtered data.
  enum Checksum {
    /// Bob Jenkins' hash lookup3 (`hashlittle` with the initial value 0), which ends the structures of the newer forms.
    static func lookup3(_ bytes: Bytes) -> UInt32 {
      let text = bytes.array
      let start = 0xdead_beef &+ UInt32(truncatingIfNeeded: text.count)
      var (a, b, c) = (start, start, start)
      var position = 0
      while text.count - position > 12 {
        a &+= word(text, position)
        b &+= word(text, position + 4)
        c &+= word(text, position + 8)
        mix(&a, &b, &c)
        position += 12
      }
      guard position < text.count else { return c }
      a &+= word(text, position)
      b &+= word(text, position + 4)
      c &+= word(text, position + 8)
      finish(&a, &b, &c)
      return c
    }

    /// Fletcher's checksum of 32 bits over words of 16, most significant byte first, as HDF5's filter computes it: an odd
    /// last byte counts as the upper half of a word.
    static func fletcher32(_ bytes: Bytes) -> UInt32 {
      unsafe bytes.withUnsafeBytes { bytes in
        var (first, second) = (UInt32(0), UInt32(0))
        var position = 0
        while position < bytes.count {
          // The sums cannot overflow over so many words.
          let end = min(bytes.count, position + 2 * 360)
          while position < end {
            let low = unsafe position + 1 < bytes.count ? UInt32(bytes[position + 1]) : 0
            first &+= unsafe UInt32(bytes[position]) << 8 | low
            second &+= first
            position += 2
          }
          first = folded(first)
          second = folded(second)
        }
        return folded(second) << 16 | folded(first)
      }
    }

    private static func folded(_ sum: UInt32) -> UInt32 { (sum & 0xffff) + (sum >> 16) }

    /// Four bytes, least significant first; those past the end are zero.
    private static func word(_ bytes: [UInt8], _ position: Int) -> UInt32 {
      var word: UInt32 = 0
      for index in 0..<4 where position + index < bytes.count {
        word |= UInt32(bytes[position + index]) << UInt32(8 * index)
      }
      return word
    }

    private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
      value << count | value >> (32 - count)
    }

    private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
      a = (a &- c) ^ rotated(c, 4)
      c &+= b
      b = (b &- a) ^ rotated(a, 6)
      a &+= c
      c = (c &- b) ^ rotated(b, 8)
      b &+= a
      a = (a &- c) ^ rotated(c, 16)
      c &+= b
      b = (b &- a) ^ rotated(a, 19)
      a &+= c
      c = (c &- b) ^ rotated(b, 4)
      b &+= a
    }

    private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
      c = (c ^ b) &- rotated(b, 14)
      a = (a ^ c) &- rotated(c, 11)
      b = (b ^ a) &- rotated(a, 25)
      c = (c ^ b) &- rotated(b, 16)
      a = (a ^ c) &- rotated(c, 4)
      b = (b ^ a) &- rotated(a, 14)
      c = (c ^ b) &- rotated(b, 24)
    }
  }
}
