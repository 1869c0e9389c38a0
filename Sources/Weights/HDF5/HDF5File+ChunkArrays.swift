import GraftFiles

/// Arrays of chunks, which the format's newer forms use where at most one axis may grow without limit.
extension HDF5File.ChunkIndex {
  /// A run of an array's entries.
  private struct Entries {
    /// How many bytes an entry takes.
    let byteCount: Int
    /// How many entries a page has, which has a checksum of its own.
    let pageLength: Int
    private(set) var chunks: [Int: Chunk] = [:]
    let index: HDF5File.ChunkIndex

    init(byteCount: Int, pageBits: Int, index: HDF5File.ChunkIndex) throws(HDF5Error) {
      guard pageBits < 32 else {
        throw HDF5Error(
          .damaged, at: index.address, "the pages of an array of chunks have 2^\(pageBits) entries")
      }
      self.byteCount = byteCount
      pageLength = 1 << pageBits
      self.index = index
    }

    /// Reads entries of which the first has this number.
    mutating func read(_ cursor: inout HDF5File.Cursor, from first: Int, count: Int) throws(HDF5Error) {
      for offset in 0..<count {
        if let chunk = try index.element(&cursor, byteCount: byteCount) { chunks[first + offset] = chunk }
      }
    }

    /// Reads pages that lie one after the other.
    ///
    /// - Parameter isWritten: whether a page was ever written; all of them have their place.
    mutating func readPages(
      at address: Int, from first: Int, count: Int, isWritten: (Int) -> Bool, in file: HDF5File
    ) throws(HDF5Error) {
      var place = address
      for page in 0..<HDF5File.ChunkGrid.quotient(count, pageLength) {
        let length = min(pageLength, count - page * pageLength)
        if isWritten(page) {
          var cursor = try file.checkedCursor(
            at: place, count: length * byteCount + 4, of: "a page of an array of chunks")
          try read(&cursor, from: first + page * pageLength, count: length)
        }
        place += length * byteCount + 4
      }
    }
  }

  /// Whether a page was written, from a bit for each, the first in the highest bit of a byte.
  private static func isSet(_ page: Int, in bits: [UInt8]) -> Bool {
    page / 8 < bits.count && bits[page / 8] >> UInt8(7 - page % 8) & 1 == 1
  }

  /// The beginning that all parts of an array have.
  private func head(
    _ cursor: inout HDF5File.Cursor, _ signature: String, belongsTo owner: Int?
  ) throws(HDF5Error) {
    let place = cursor.offset
    try cursor.expect(signature, "a part of an array of chunks")
    let (version, kind) = (try cursor.byte(), try cursor.byte())
    guard version == 0, kind == (isFiltered ? 1 : 0) else {
      throw HDF5Error(
        .damaged, at: place, "a part of version \(version) and kind \(kind) does not fit an array of chunks")
    }
    let found = owner == nil ? nil : try cursor.address()
    guard found == owner else {
      throw HDF5Error(.damaged, at: place, "a part of an array of chunks belongs to another array")
    }
  }
}

// MARK: Fixed arrays

extension HDF5File.ChunkIndex {
  private static let partHeadCount = 14

  /// Specification, section VII.C: a head and one block of entries, in pages if there are many.
  func fixedArrayChunks(in file: HDF5File) throws(HDF5Error) -> [Int: Chunk] {
    var array = try file.checkedCursor(at: address, count: 28, of: "the head of an array of chunks")
    try head(&array, "FAHD", belongsTo: nil)
    var entries = try Entries(byteCount: array.byte(), pageBits: array.byte(), index: self)
    let count = try array.length()
    guard let block = try array.address() else { return [:] }
    guard count <= file.bytes.count else {
      throw HDF5Error(.damaged, at: address, "an array of chunks claims \(count) of them, more than can be")
    }
    let isPaged = count > entries.pageLength
    let bitsCount =
      isPaged
      ? HDF5File.ChunkGrid.quotient(HDF5File.ChunkGrid.quotient(count, entries.pageLength), 8)
      : count * entries.byteCount
    let partCount = Self.partHeadCount + bitsCount + 4
    var part = try file.checkedCursor(at: block, count: partCount, of: "the entries of an array of chunks")
    try head(&part, "FADB", belongsTo: address)
    if isPaged {
      let bits = try part.rest.array
      try entries.readPages(
        at: block + partCount, from: 0, count: count, isWritten: { Self.isSet($0, in: bits) }, in: file)
    } else {
      try entries.read(&part, from: 0, count: count)
    }
    return entries.chunks
  }
}

// MARK: Extensible arrays

extension HDF5File.ChunkIndex {
  /// The parts of an array that grows: entries in the index block, then blocks of entries, then blocks of such blocks,
  /// which grow by turns in number and in length.
  private struct ExtensibleArray {
    let indexEntryCount: Int
    let smallestBlockLength: Int
    let smallestPointerCount: Int
    let offsetByteCount: Int
    let superblockCount: Int

    /// The first blocks of blocks are not stored: the index block itself points to their blocks.
    var directSuperblockCount: Int { 2 * smallestPointerCount.trailingZeroBitCount }

    func blockCount(ofSuperblock number: Int) -> Int { 1 << (number / 2) }
    func blockLength(ofSuperblock number: Int) -> Int { smallestBlockLength << ((number + 1) / 2) }

    init(_ head: inout HDF5File.Cursor) throws(HDF5Error) {
      let place = head.offset
      let countBits = try head.byte()
      indexEntryCount = try head.byte()
      smallestBlockLength = try head.byte()
      smallestPointerCount = try head.byte()
      guard [smallestBlockLength, smallestPointerCount].allSatisfy({ $0 > 0 && $0 & ($0 - 1) == 0 }),
        smallestBlockLength.trailingZeroBitCount...48 ~= countBits
      else { throw HDF5Error(.damaged, at: place, "the parts of an array of chunks have impossible sizes") }
      offsetByteCount = (countBits + 7) / 8
      superblockCount = 1 + countBits - smallestBlockLength.trailingZeroBitCount
      guard directSuperblockCount <= superblockCount else {
        throw HDF5Error(.damaged, at: place, "the parts of an array of chunks have impossible sizes")
      }
    }
  }

  /// Specification, section VII.D.
  func extensibleArrayChunks(in file: HDF5File) throws(HDF5Error) -> [Int: Chunk] {
    var header = try file.checkedCursor(at: address, count: 72, of: "the head of an array of chunks")
    try head(&header, "EAHD", belongsTo: nil)
    let entryByteCount = try header.byte()
    let array = try ExtensibleArray(&header)
    var entries = try Entries(byteCount: entryByteCount, pageBits: header.byte(), index: self)
    // How much of each part there is.
    try header.skip(48)
    guard let place = try header.address() else { return [:] }
    let directBlockCount = 2 * (array.smallestPointerCount - 1)
    let superblockCount = array.superblockCount - array.directSuperblockCount
    var index = try file.checkedCursor(
      at: place,
      count: Self.partHeadCount + array.indexEntryCount * entryByteCount
        + 8 * (directBlockCount + superblockCount) + 4,
      of: "the index of an array of chunks")
    try head(&index, "EAIB", belongsTo: address)
    try entries.read(&index, from: 0, count: array.indexEntryCount)
    var first = array.indexEntryCount
    for number in 0..<array.superblockCount {
      let (count, length) = (array.blockCount(ofSuperblock: number), array.blockLength(ofSuperblock: number))
      if number < array.directSuperblockCount {
        for _ in 0..<count {
          if let block = try index.address() {
            try readBlock(
              block, of: array, from: first, length: length, isWritten: { _ in false },
              into: &entries, in: file)
          }
          first += length
        }
      } else {
        if let superblock = try index.address() {
          try readSuperblock(superblock, number, of: array, from: first, into: &entries, in: file)
        }
        first += count * length
      }
    }
    return entries.chunks
  }

  private func readSuperblock(
    _ place: Int, _ number: Int, of array: ExtensibleArray, from first: Int, into entries: inout Entries,
    in file: HDF5File
  ) throws(HDF5Error) {
    let (count, length) = (array.blockCount(ofSuperblock: number), array.blockLength(ofSuperblock: number))
    // A bit for each page of all blocks, with room as if each block began with a byte of its own.
    let pageCount = length > entries.pageLength ? length / entries.pageLength : 0
    let bitsCount = HDF5File.ChunkGrid.quotient(pageCount, 8)
    let (bodyCount, overflows) = count.multipliedReportingOverflow(by: bitsCount + 8)
    guard !overflows, bodyCount <= file.bytes.count else {
      throw HDF5Error(.damaged, at: place, "a part of an array of chunks claims \(count) blocks")
    }
    var part = try file.checkedCursor(
      at: place, count: Self.partHeadCount + array.offsetByteCount + bodyCount + 4,
      of: "a part of an array of chunks")
    try head(&part, "EASB", belongsTo: address)
    try part.skip(array.offsetByteCount)
    let bits = try part.slice(count * bitsCount).array
    for block in 0..<count {
      guard let blockAddress = try part.address() else { continue }
      try readBlock(
        blockAddress, of: array, from: first + block * length, length: length,
        isWritten: { Self.isSet(block * pageCount + $0, in: bits) }, into: &entries, in: file)
    }
  }

  private func readBlock(
    _ place: Int, of array: ExtensibleArray, from first: Int, length: Int,
    isWritten: (Int) -> Bool, into entries: inout Entries, in file: HDF5File
  ) throws(HDF5Error) {
    let (byteCount, overflows) = length.multipliedReportingOverflow(by: entries.byteCount)
    guard !overflows, byteCount <= file.bytes.count else {
      throw HDF5Error(.damaged, at: place, "a block of an array of chunks claims \(length) entries")
    }
    let isPaged = length > entries.pageLength
    let partCount = Self.partHeadCount + array.offsetByteCount + (isPaged ? 0 : byteCount) + 4
    var part = try file.checkedCursor(at: place, count: partCount, of: "a block of an array of chunks")
    try head(&part, "EADB", belongsTo: address)
    try part.skip(array.offsetByteCount)
    guard isPaged else { return try entries.read(&part, from: first, count: length) }
    try entries.readPages(at: place + partCount, from: first, count: length, isWritten: isWritten, in: file)
  }
}
