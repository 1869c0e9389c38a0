import GraftFiles

extension HDF5File {
  /// The first bytes of the HDF5 part of a file, versions 0 to 3 (specification, section II.A).
  struct Superblock {
    /// Where the header of the root group lies.
    let rootAddress: Int

    /// What every HDF5 file begins with.
    static let signature: [UInt8] = [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a]

    /// Where it begins: HDF5 allows a block of the user's before it, so that it may lie at 0, 512, 1024 and so on. nil if
    /// this is no HDF5 file.
    static func offset(in bytes: Bytes) -> Int? {
      var offset = 0
      while offset < bytes.count {
        if bytes.starts(with: signature, at: offset) { return offset }
        offset = max(512, offset * 2)
      }
      return nil
    }

    /// - Parameter bytes: from the superblock on, as ``offset(in:)`` finds it.
    init(_ bytes: Bytes, verifiesChecksum: Bool) throws(HDF5Error) {
      var cursor = Cursor(bytes, at: 0)
      try cursor.skip(Self.signature.count)
      let version = try cursor.byte()
      switch version {
      case 0, 1: rootAddress = try Self.oldRoot(&cursor, version: version, fileCount: bytes.count)
      case 2, 3:
        rootAddress = try Self.root(&cursor, fileCount: bytes.count)
        let stored = try cursor.integer(UInt32.self)
        let covered = bytes.slice(from: 0, count: cursor.offset - 4)
        guard !verifiesChecksum || covered.map(Checksum.lookup3) == stored else {
          throw HDF5Error(
            .damaged, at: 0, "the checksum of its superblock does not match: bytes have changed")
        }
      default:
        throw HDF5Error(.damaged, at: 8, "its superblock has version \(version), which does not exist")
      }
    }
  }
}

extension HDF5File.Superblock {
  private static func oldRoot(
    _ cursor: inout HDF5File.Cursor, version: Int, fileCount: Int
  ) throws(HDF5Error) -> Int {
    // The versions of free space storage, root group and shared messages, and a reserved byte.
    try cursor.skip(4)
    try checkSizes(&cursor)
    // A reserved byte, the fan-outs of the group trees, consistency flags; one more fan-out in version 1.
    try cursor.skip(version == 0 ? 9 : 13)
    let start = try cursor.address(of: "the start of the file")
    try cursor.skip(8)
    try checkEnd(&cursor, start: start, fileCount: fileCount)
    // The address of driver information, and where the root group's name would be.
    try cursor.skip(16)
    return try cursor.address(of: "the root group")
  }

  private static func root(_ cursor: inout HDF5File.Cursor, fileCount: Int) throws(HDF5Error) -> Int {
    try checkSizes(&cursor)
    // Consistency flags.
    try cursor.skip(1)
    let start = try cursor.address(of: "the start of the file")
    // The address of the superblock's extension.
    try cursor.skip(8)
    try checkEnd(&cursor, start: start, fileCount: fileCount)
    return try cursor.address(of: "the root group")
  }

  private static func checkSizes(_ cursor: inout HDF5File.Cursor) throws(HDF5Error) {
    let place = cursor.offset
    let (offsetSize, lengthSize) = (try cursor.byte(), try cursor.byte())
    guard offsetSize == 8, lengthSize == 8 else {
      throw HDF5Error.unsupported(
        at: place, "its addresses have \(offsetSize) and its lengths \(lengthSize) bytes, and Graft reads 8")
    }
  }

  /// The end counts the bytes before the superblock, too, as many as there were when the file was written.
  private static func checkEnd(
    _ cursor: inout HDF5File.Cursor, start: Int, fileCount: Int
  ) throws(HDF5Error) {
    let end = try cursor.address(of: "the end of the file")
    guard end - start <= fileCount else {
      throw HDF5Error(
        .damaged, at: nil, "the file is cut off: it should have \(end - start) bytes and has \(fileCount)",
        remedy: "Download or copy it again: the rest is missing.")
    }
  }
}
