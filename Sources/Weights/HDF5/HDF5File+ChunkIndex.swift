import GraftFiles

extension HDF5File {
  /// Finds the chunks of a data set (specification, sections III.A and VII.C).
  struct ChunkIndex {
    typealias Chunk = ChunkedNumbers.Chunk

    let grid: ChunkGrid
    /// The lengths to which the axes may grow; nil where there is no limit. Arrays of chunks have room for all of them.
    let maximum: [Int?]
    let isFiltered: Bool
    /// Where the index lies.
    let address: Int
    /// Where the data set says so, for messages.
    let place: Int

    /// All chunks in the order of the grid.
    func chunks(_ index: Layout.Index, in file: HDF5File) throws(HDF5Error) -> [Chunk] {
      let found: [Int: Chunk]
      switch index {
      case .single(let filtered): return [try onlyChunk(filtered, in: file)]
      case .implicit: return try consecutiveChunks(in: file)
      case .tree: return try inOrder(treeChunks(in: file), in: file) { $0 }
      case .recordTree: return try inOrder(recordTreeChunks(in: file), in: file) { $0 }
      case .fixedArray: found = try fixedArrayChunks(in: file)
      case .extensibleArray: found = try extensibleArrayChunks(in: file)
      }
      let numbers = try arrayNumbers(slowestAxis: maximum.firstIndex { $0 == nil } ?? 0)
      return try inOrder(found, in: file) { numbers(grid.position(of: $0)) }
    }

    /// - Parameter number: the key of a chunk of the grid among those found; nil if it cannot have one.
    private func inOrder(
      _ found: [Int: Chunk], in file: HDF5File, number: (Int) -> Int?
    ) throws(HDF5Error) -> [Chunk] {
      guard found.count >= grid.count else {
        throw HDF5Error(
          .damaged, at: place, "of its \(grid.count) chunks, only \(found.count) were ever written")
      }
      var chunks: [Chunk] = []
      for index in 0..<grid.count {
        guard let chunk = number(index).flatMap({ found[$0] }) else {
          throw HDF5Error(.damaged, at: place, "its chunk at \(grid.position(of: index)) was never written")
        }
        guard isFiltered || chunk.count == grid.chunkByteCount else {
          throw HDF5Error(
            .damaged, at: chunk.address,
            "a chunk has \(chunk.count) bytes, and its shape needs \(grid.chunkByteCount)")
        }
        _ = try file.cursor(at: chunk.address, count: chunk.count, of: "a chunk")
        chunks.append(chunk)
      }
      return chunks
    }

    private func onlyChunk(
      _ filtered: (count: Int, skippedFilters: Int)?, in file: HDF5File
    ) throws(HDF5Error) -> Chunk {
      guard grid.count == 1 else {
        throw HDF5Error(.damaged, at: place, "it claims to be one chunk, and its shape needs \(grid.count)")
      }
      let count = filtered?.count ?? grid.chunkByteCount
      _ = try file.cursor(at: address, count: count, of: "a chunk")
      return Chunk(address: address, count: count, skippedFilters: filtered?.skippedFilters ?? 0)
    }

    /// The chunks lie one after the other, with room for all that the array may grow to.
    private func consecutiveChunks(in file: HDF5File) throws(HDF5Error) -> [Chunk] {
      let number = try arrayNumbers(slowestAxis: 0)
      var chunks: [Chunk] = []
      for index in 0..<grid.count {
        let (offset, overflows) = (number(grid.position(of: index)) ?? .max).multipliedReportingOverflow(
          by: grid.chunkByteCount)
        let (address, overflowsToo) = self.address.addingReportingOverflow(offset)
        guard !overflows, !overflowsToo else {
          throw HDF5Error(.damaged, at: place, "its chunks run past the end of the file")
        }
        _ = try file.cursor(at: address, count: grid.chunkByteCount, of: "a chunk")
        chunks.append(Chunk(address: address, count: grid.chunkByteCount, skippedFilters: 0))
      }
      return chunks
    }

    /// How arrays number the chunks: over all that the array may grow to, with an axis without limit as the slowest.
    private func arrayNumbers(slowestAxis: Int) throws(HDF5Error) -> ([Int]) -> Int? {
      let order = [slowestAxis] + grid.counts.indices.filter { $0 != slowestAxis }
      var strides = [Int](repeating: 1, count: order.count)
      for place in order.indices.dropLast().reversed() {
        let axis = order[place + 1]
        // Only the slowest one may grow without limit, and it has no part in the others' strides.
        let count = ChunkGrid.quotient(maximum[axis] ?? grid.dimensions[axis], grid.chunk[axis])
        let (product, overflows) = strides[order[place + 1]].multipliedReportingOverflow(by: count)
        guard !overflows, product > 0 else {
          throw HDF5Error(.damaged, at: self.place, "it may grow to more chunks than can be counted")
        }
        strides[order[place]] = product
      }
      return { position in
        var number = 0
        for (axis, place) in position.enumerated() {
          let (product, overflows) = place.multipliedReportingOverflow(by: strides[axis])
          let (sum, overflowsToo) = number.addingReportingOverflow(product)
          guard !overflows, !overflowsToo else { return nil }
          number = sum
        }
        return number
      }
    }
  }
}

// MARK: Trees

extension HDF5File.ChunkIndex {
  /// A B-tree of version 1, whose keys give a chunk's size, filters and first element.
  private func treeChunks(in file: HDF5File) throws(HDF5Error) -> [Int: Chunk] {
    let what = "a node of the tree of chunks"
    let rank = grid.dimensions.count
    let keyCount = 8 + 8 * (rank + 1)
    var chunks: [Int: Chunk] = [:]
    var pending = [(address: address, level: nil as Int?)]
    while let (address, level) = pending.popLast() {
      var node = try file.cursor(at: address, count: 24, of: what)
      try node.expect("TREE", what)
      let (type, found, count) = (try node.byte(), try node.byte(), try node.short())
      guard type == 1, level == nil || level == found else {
        throw HDF5Error(
          .damaged, at: address,
          "a node of kind \(type) and level \(found) is not what the tree of chunks "
            + "should have here")
      }
      var body = try file.cursor(at: address + 24, count: count * (keyCount + 8), of: what)
      for _ in 0..<count {
        let (storedCount, skipped) = (try body.word(), try body.word())
        var position: [Int] = []
        for axis in 0..<rank { position.append(try body.length() / grid.chunk[axis]) }
        try body.skip(8)
        let child = try body.address(of: "a part of the tree of chunks")
        if found > 0 {
          pending.append((child, found - 1))
        } else {
          try add(
            Chunk(address: child, count: storedCount, skippedFilters: skipped), at: position, to: &chunks)
        }
      }
    }
    return chunks
  }

  /// A B-tree of version 2, whose records end with a chunk's place in the grid.
  private func recordTreeChunks(in file: HDF5File) throws(HDF5Error) -> [Int: Chunk] {
    let tree = try HDF5File.RecordTree(
      at: address, of: isFiltered ? .filteredChunks : .chunks, in: file)
    let rank = grid.dimensions.count
    var chunks: [Int: Chunk] = [:]
    for var record in tree.records {
      guard let chunk = try element(&record, byteCount: record.remaining - 8 * rank) else { continue }
      var position: [Int] = []
      for _ in 0..<rank { position.append(try record.length()) }
      try add(chunk, at: position, to: &chunks)
    }
    return chunks
  }

  /// Chunks outside of the array are what is left of a larger one.
  private func add(_ chunk: Chunk, at position: [Int], to chunks: inout [Int: Chunk]) throws(HDF5Error) {
    guard let index = grid.index(of: position) else { return }
    guard chunks.updateValue(chunk, forKey: index) == nil else {
      throw HDF5Error(.damaged, at: chunk.address, "its chunk at \(position) is there twice")
    }
  }

  /// What arrays and trees say of a chunk: its address; where it is filtered, its size and the filters left out; nil for
  /// one that was never written.
  func element(_ cursor: inout HDF5File.Cursor, byteCount: Int) throws(HDF5Error) -> Chunk? {
    let place = cursor.offset
    let sizeByteCount = byteCount - 12
    guard isFiltered ? 1...8 ~= sizeByteCount : byteCount == 8 else {
      throw HDF5Error(.damaged, at: place, "an entry of the index of chunks has \(byteCount) bytes")
    }
    let address = try cursor.address()
    var (count, skipped) = (grid.chunkByteCount, 0)
    if isFiltered { (count, skipped) = (try cursor.integer(byteCount: sizeByteCount), try cursor.word()) }
    return address.map { Chunk(address: $0, count: count, skippedFilters: skipped) }
  }
}
