import GraftFiles

extension HDF5File {
  /// Where groups with many links and objects with many attributes keep them: blocks that double in size, addressed as
  /// one range of bytes (specification, section III.G).
  struct FractalHeap {
    private let address: Int
    private let identifierCount: Int
    private let tableWidth: Int
    private let startingBlockCount: Int
    private let largestDirectBlockCount: Int
    private let offsetByteCount: Int
    private let lengthByteCount: Int
    private let offsetBitCount: Int
    private let hasBlockChecksums: Bool
    /// Where each direct block begins in the heap's range and what it holds, in ascending order.
    private var blocks: [(offset: Int, bytes: Cursor)] = []
    /// Where objects lie that are too large for blocks, by the number that stands for them.
    private var hugeObjects: [Int: (address: Int, count: Int)] = [:]
    private var hasDirectHugeObjects = false
    /// No object is asked for twice, so that all of them together are no longer than the blocks.
    private var unread = 0

    init(at address: Int, in file: HDF5File) throws(HDF5Error) {
      self.address = address
      let what = "the head of a heap"
      var head = try file.checkedCursor(at: address, count: 146, of: what)
      try head.expect("FRHP", what)
      let version = try head.byte()
      guard version == 0 else {
        throw HDF5Error(.damaged, at: address, "a heap has version \(version), which does not exist")
      }
      identifierCount = try head.short()
      guard try head.short() == 0 else {
        throw HDF5Error.unsupported(at: address, "a heap of links or attributes is compressed")
      }
      hasBlockChecksums = try head.byte() & 0b10 != 0
      let largestManagedCount = try head.word()
      // The next number of a huge object.
      try head.skip(8)
      let hugeTreeAddress = try head.address()
      // Free space, and how much is allocated and used.
      try head.skip(80)
      tableWidth = try head.short()
      startingBlockCount = try head.length()
      largestDirectBlockCount = try head.length()
      offsetBitCount = try head.short()
      // Rows to start with.
      try head.skip(2)
      let root = try head.address()
      let rowCount = try head.short()
      offsetByteCount = (offsetBitCount + 7) / 8
      lengthByteCount = Self.byteCount(of: min(largestDirectBlockCount, largestManagedCount))
      guard tableWidth.isPowerOfTwo, startingBlockCount.isPowerOfTwo, largestDirectBlockCount.isPowerOfTwo,
        startingBlockCount <= largestDirectBlockCount, 1...62 ~= offsetBitCount, identifierCount <= 64
      else { throw HDF5Error(.damaged, at: address, "the sizes of a heap's blocks contradict each other") }
      if let root { try readBlocks(root, rowCount: rowCount, in: file) }
      if let hugeTreeAddress { try readHugeObjects(at: hugeTreeAddress, in: file) }
    }

    /// How many bytes the format gives to numbers of at most this size.
    private static func byteCount(of limit: Int) -> Int {
      limit == 0 ? 1 : (Int.bitWidth - 1 - limit.leadingZeroBitCount) / 8 + 1
    }
  }
}

// MARK: Blocks

extension HDF5File.FractalHeap {
  /// A block that is still to be read; an indirect one has rows of others.
  private struct PendingBlock {
    let address: Int
    let offset: Int
    /// How many bytes of the range it stands for.
    let count: Int
    /// nil for a direct block.
    let rowCount: Int?
  }

  private mutating func readBlocks(_ root: Int, rowCount: Int, in file: HDF5File) throws(HDF5Error) {
    var pending = [
      PendingBlock(
        address: root, offset: 0, count: startingBlockCount, rowCount: rowCount == 0 ? nil : rowCount)
    ]
    while let block = pending.popLast() {
      if let rowCount = block.rowCount {
        pending += try children(of: block, rowCount: rowCount, in: file)
      } else {
        let what = "a block of a heap"
        var bytes = try file.cursor(at: block.address, count: block.count, of: what)
        let whole = bytes
        try bytes.expect("FHDB", what)
        try checkHead(&bytes, of: block)
        if hasBlockChecksums { try check(whole, after: 13 + offsetByteCount, in: file) }
        blocks.append((block.offset, whole))
        unread += block.count
      }
    }
    blocks.sort { $0.offset < $1.offset }
  }

  private func checkHead(_ cursor: inout HDF5File.Cursor, of block: PendingBlock) throws(HDF5Error) {
    let (version, owner) = (try cursor.byte(), try cursor.address())
    let offset = try cursor.integer(byteCount: offsetByteCount)
    guard version == 0, owner == address, offset == block.offset else {
      throw HDF5Error(
        .damaged, at: block.address, "a block of a heap belongs to another heap, or to another place in it")
    }
  }

  /// A direct block's checksum is computed over the whole block with zeros in its own place.
  private func check(_ block: HDF5File.Cursor, after count: Int, in file: HDF5File) throws(HDF5Error) {
    guard file.verifiesChecksums else { return }
    var cursor = block
    try cursor.skip(count)
    let stored = try cursor.integer(UInt32.self)
    var bytes = try block.rest.array
    for index in count..<count + 4 { bytes[index] = 0 }
    guard HDF5File.Checksum.lookup3(Bytes(bytes, file: file.bytes.file)) == stored else {
      throw HDF5Error(
        .damaged, at: block.offset, "the checksum of a block of a heap does not match: bytes have changed")
    }
  }

  /// All blocks of the first two rows have the starting size; from there on each row doubles it.
  private func blockCount(inRow row: Int) -> Int? {
    guard row > 0 else { return startingBlockCount }
    let (count, overflows) = startingBlockCount.multipliedReportingOverflow(by: 1 << min(row - 1, 61))
    return overflows ? nil : count
  }

  private func children(
    of block: PendingBlock, rowCount: Int, in file: HDF5File
  ) throws(HDF5Error) -> [PendingBlock] {
    let what = "a block of a heap"
    let headCount = 13 + offsetByteCount
    let (entryCount, overflows) = rowCount.multipliedReportingOverflow(by: 8 * tableWidth)
    guard !overflows, entryCount <= file.bytes.count else {
      throw HDF5Error(.damaged, at: block.address, "\(what) claims \(rowCount) rows of other blocks")
    }
    var cursor = try file.checkedCursor(at: block.address, count: headCount + entryCount + 4, of: what)
    try cursor.expect("FHIB", what)
    try checkHead(&cursor, of: block)
    var offset = block.offset
    var children: [PendingBlock] = []
    for row in 0..<rowCount {
      guard let count = blockCount(inRow: row), count <= 1 << offsetBitCount else {
        throw HDF5Error(.damaged, at: block.address, "\(what) claims \(rowCount) rows of other blocks")
      }
      for _ in 0..<tableWidth {
        if let child = try cursor.address() {
          children.append(
            PendingBlock(
              address: child, offset: offset, count: count,
              rowCount: count <= largestDirectBlockCount ? nil : self.rowCount(standingFor: count)))
        }
        let (next, overflows) = offset.addingReportingOverflow(count)
        guard !overflows else {
          throw HDF5Error(.damaged, at: block.address, "\(what) reaches past the range of its heap")
        }
        offset = next
      }
    }
    return children
  }

  /// How many rows an indirect block has that stands for so many bytes of the range.
  private func rowCount(standingFor count: Int) -> Int {
    max(
      1,
      count.trailingZeroBitCount - startingBlockCount.trailingZeroBitCount - tableWidth.trailingZeroBitCount
        + 1)
  }
}

// MARK: Objects

extension HDF5File.FractalHeap {
  private mutating func readHugeObjects(at address: Int, in file: HDF5File) throws(HDF5Error) {
    let tree = try HDF5File.RecordTree(at: address, in: file)
    switch tree.content {
    case .directHugeObjects: hasDirectHugeObjects = true
    case .hugeObjects:
      for var record in tree.records {
        let address = try record.address(of: "a large object of a heap")
        let count = try record.length()
        hugeObjects[try record.length()] = (address, count)
      }
    default: throw HDF5Error(.damaged, at: address, "the tree of a heap's large objects is another tree")
    }
  }

  /// The object that the next bytes identify.
  mutating func object(
    _ cursor: inout HDF5File.Cursor, in file: HDF5File
  ) throws(HDF5Error) -> HDF5File.Cursor {
    var identifier = try cursor.part(identifierCount)
    let place = identifier.offset
    let flags = try identifier.byte()
    guard flags >> 6 == 0 else {
      throw HDF5Error(.damaged, at: place, "the place of a heap's object has an unknown version")
    }
    switch flags >> 4 & 0b11 {
    case 0:
      let offset = try identifier.integer(byteCount: offsetByteCount)
      let count = try identifier.integer(byteCount: lengthByteCount)
      return try managedObject(at: offset, count: count, place: place)
    case 1:
      let huge: (address: Int, count: Int)?
      if hasDirectHugeObjects {
        huge = (try identifier.address(of: "a large object of a heap"), try identifier.length())
      } else {
        huge = hugeObjects[try identifier.integer(byteCount: min(identifierCount - 1, 8))]
      }
      guard let huge else {
        throw HDF5Error(.damaged, at: place, "a heap has no large object of the number that is asked for")
      }
      return try file.cursor(at: huge.address, count: huge.count, of: "a large object of a heap")
    case 2:
      // Within the identifier itself; a second byte belongs to the length where the identifier is long enough for it.
      let count = flags & 0xf
      guard identifierCount <= 17 else {
        return try identifier.part(count << 8 | identifier.byte() + 1)
      }
      return try identifier.part(count + 1)
    default: throw HDF5Error(.damaged, at: place, "an object of a heap is of an unknown kind")
    }
  }

  private mutating func managedObject(
    at offset: Int, count: Int, place: Int
  ) throws(HDF5Error) -> HDF5File.Cursor {
    // The last block that begins at or before the object.
    var (low, high) = (0, blocks.count)
    while low < high {
      let middle = (low + high) / 2
      if blocks[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else {
      throw HDF5Error(.damaged, at: place, "a heap has no block for one of its objects")
    }
    var (blockOffset, bytes) = blocks[low - 1]
    guard count <= unread else {
      throw HDF5Error(.damaged, at: place, "the objects of a heap are longer together than the heap")
    }
    unread -= count
    try bytes.skip(offset - blockOffset)
    return try bytes.part(count)
  }
}

extension Int {
  fileprivate var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }
}
