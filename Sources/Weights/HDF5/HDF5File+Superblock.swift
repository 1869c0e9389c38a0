import GraftFiles

extension HDF5File {
  /// The first bytes of the file, versions 0 and 1 (specification, section II.A).
  struct Superblock {
    /// Where the header of the root group lies.
    let rootAddress: Int

    init(_ bytes: Bytes) throws(HDF5Error) {
      var cursor = Cursor(bytes, at: 0)
      guard bytes.starts(with: Self.signature) else {
        throw HDF5Error.unsupported(
          at: nil, "it begins with a block that is not HDF5, and its HDF5 part comes after that")
      }
      try cursor.skip(Self.signature.count)
      let version = try cursor.byte()
      guard version <= 1 else { throw Self.unknown(version) }
      // The versions of free space storage, root group and shared messages, and a reserved byte.
      try cursor.skip(4)
      let (offsetSize, lengthSize) = (try cursor.byte(), try cursor.byte())
      guard offsetSize == 8, lengthSize == 8 else {
        throw HDF5Error.unsupported(
          at: 13, "its addresses have \(offsetSize) and its lengths \(lengthSize) bytes, and Graft reads 8")
      }
      // A reserved byte, the fan-outs of the group trees, consistency flags; one more fan-out in version 1.
      try cursor.skip(version == 0 ? 9 : 13)
      guard try cursor.address() == 0 else {
        throw HDF5Error.unsupported(
          at: cursor.offset - 8, "its addresses do not count from the start of the file")
      }
      try cursor.skip(8)
      let end = try cursor.address(of: "the end of the file")
      guard bytes.count >= end else {
        throw HDF5Error(
          .damaged, at: nil, "the file is cut off: it should have \(end) bytes and has \(bytes.count)",
          remedy: "Download or copy it again: the rest is missing.")
      }
      // The address of driver information, and where the root group's name would be.
      try cursor.skip(16)
      rootAddress = try cursor.address(of: "the root group")
    }

    /// What every HDF5 file begins with.
    static let signature: [UInt8] = [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a]

    private static func unknown(_ version: Int) -> HDF5Error {
      version <= 3
        ? .unsupported(at: 8, "its superblock has version \(version), and Graft reads 0 and 1")
        : HDF5Error(.damaged, at: 8, "its superblock has version \(version), which does not exist")
    }
  }
}
