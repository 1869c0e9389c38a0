import GraftFiles

extension HDF5File {
  /// A B-tree of version 2, which holds records of one size in its inner nodes, too (specification, section III.A.2).
  struct RecordTree {
    /// What the records are, by the number that the tree's head states.
    enum Content: Int {
      case hugeObjects = 1
      case directHugeObjects = 3
      case linksByName = 5
      case attributesByName = 8
      case chunks = 10
      case filteredChunks = 11
    }

    /// All records, in no particular order.
    private(set) var records: [Cursor] = []
    let content: Content
    private let address: Int
    private let nodeCount: Int
    private let recordCount: Int
    /// By level, how many records a node holds at most, and how many bytes the number of all records below it takes.
    private var levels: [(capacity: Int, totalByteCount: Int)] = []
    private var countByteCount = 0

    /// Reads a tree of which it is known what it holds.
    init(at address: Int, of content: Content, in file: HDF5File) throws(HDF5Error) {
      self = try RecordTree(at: address, in: file)
      guard self.content == content else {
        throw HDF5Error(.damaged, at: address, "a tree holds other records (\(self.content)) than it should")
      }
    }

    /// Reads a tree.
    init(at address: Int, in file: HDF5File) throws(HDF5Error) {
      self.address = address
      var head = try file.checkedCursor(at: address, count: 38, of: "the head of a tree")
      try head.expect("BTHD", "the head of a tree")
      let (version, type) = (try head.byte(), try head.byte())
      guard version == 0, let content = Content(rawValue: type) else {
        throw HDF5Error.unsupported(
          at: address, "a tree of version \(version) and kind \(type) is not what Graft reads")
      }
      self.content = content
      (nodeCount, recordCount) = (try head.word(), try head.short())
      let depth = try head.short()
      // When nodes are split and merged.
      try head.skip(2)
      guard let root = try head.address() else { return }
      let count = try head.short()
      try measure(depth: depth)
      var pending = [(address: root, count: count, level: depth)]
      while let (address, count, level) = pending.popLast() {
        pending += try read(at: address, count: count, level: level, in: file)
      }
    }

    /// The sizes of all numbers follow from how much fits into a node.
    private mutating func measure(depth: Int) throws(HDF5Error) {
      let head = 10
      guard recordCount > 0, nodeCount >= head + recordCount, depth <= Self.greatestDepth else {
        throw HDF5Error(
          .damaged, at: address,
          "a tree \(depth) levels deep of records of \(recordCount) bytes in nodes of \(nodeCount) cannot be")
      }
      let capacity = (nodeCount - head) / recordCount
      countByteCount = Self.byteCount(of: capacity)
      levels = [(capacity, 0)]
      var total = capacity
      for level in 0..<depth {
        let pointerCount = 8 + countByteCount + levels[level].totalByteCount
        let capacity = (nodeCount - head - pointerCount) / (recordCount + pointerCount)
        guard capacity > 0 else {
          throw HDF5Error(.damaged, at: address, "the nodes of a tree are too small for its records")
        }
        let (product, overflows) = (capacity + 1).multipliedReportingOverflow(by: total)
        let (sum, overflowsToo) = product.addingReportingOverflow(capacity)
        guard !overflows, !overflowsToo else {
          throw HDF5Error(.damaged, at: address, "a tree has room for more records than can be counted")
        }
        total = sum
        levels.append((capacity, Self.byteCount(of: total)))
      }
    }

    /// Reads a node's records, and returns its children.
    private mutating func read(
      at address: Int, count: Int, level: Int, in file: HDF5File
    ) throws(HDF5Error) -> [(address: Int, count: Int, level: Int)] {
      guard count <= levels[level].capacity else {
        throw HDF5Error(
          .damaged, at: address, "a node of a tree claims \(count) records, more than it can hold")
      }
      let pointerCount = level == 0 ? 0 : 8 + countByteCount + levels[level - 1].totalByteCount
      let bodyCount = count * recordCount + (level == 0 ? 0 : (count + 1) * pointerCount)
      var node = try file.checkedCursor(at: address, count: 6 + bodyCount + 4, of: "a node of a tree")
      try node.expect(level == 0 ? "BTLF" : "BTIN", "a node of a tree")
      let (version, type) = (try node.byte(), try node.byte())
      guard version == 0, type == content.rawValue else {
        throw HDF5Error(
          .damaged, at: address, "a node of version \(version) and kind \(type) does not belong to its tree")
      }
      for _ in 0..<count { records.append(try node.part(recordCount)) }
      guard level > 0 else { return [] }
      var children: [(address: Int, count: Int, level: Int)] = []
      for _ in 0...count {
        let child = try node.address(of: "a part of a tree")
        let count = try node.integer(byteCount: countByteCount)
        try node.skip(levels[level - 1].totalByteCount)
        children.append((child, count, level - 1))
      }
      return children
    }

    private static let greatestDepth = 64

    /// How many bytes the format gives to numbers of at most this size.
    private static func byteCount(of limit: Int) -> Int {
      (Int.bitWidth - 1 - limit.leadingZeroBitCount) / 8 + 1
    }
  }
}
