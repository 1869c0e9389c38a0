import GraftFiles

extension HDF5File {
  /// Numbers that are stored in chunks: where each lies, and how they become one array.
  struct ChunkedNumbers: Sendable {
    /// A chunk as the file has it.
    struct Chunk: Sendable {
      let address: Int
      let count: Int
      /// A bit for each filter that was left out.
      let skippedFilters: Int
    }

    private let grid: ChunkGrid
    private let scalarByteCount: Int
    private let filters: FilterPipeline
    /// In the order of the grid.
    private let chunks: [Chunk]
    private let leavesEdgesUnfiltered: Bool
    private let source: Bytes

    /// Finds all chunks, and counts them towards what may be read, and what they hold towards what that may come to.
    init(
      _ layout: Layout.Chunks, filters: FilterPipeline, dimensions: [Int], maximum: [Int?], at place: Int,
      in file: HDF5File
    ) throws(HDF5Error) {
      guard
        let grid = ChunkGrid(
          dimensions: dimensions, chunk: layout.dimensions, scalarByteCount: layout.scalarByteCount)
      else {
        throw HDF5Error(
          .damaged, at: place, "its shape \(dimensions) cannot be made of chunks of \(layout.dimensions)")
      }
      let (byteCount, overflows) = grid.count.multipliedReportingOverflow(by: grid.chunkByteCount)
      guard !overflows else {
        throw HDF5Error(.damaged, at: place, "its chunks have more elements together than can be")
      }
      var chunks: [Chunk] = []
      if grid.count > 0 {
        guard let address = layout.address else {
          throw HDF5Error(.damaged, at: place, "none of its \(grid.count) chunks was ever written")
        }
        try file.claim(byteCount, at: place)
        let index = ChunkIndex(
          grid: grid, maximum: maximum, isFiltered: !filters.filters.isEmpty, address: address, place: place)
        chunks = try index.chunks(layout.index, in: file)
      }
      self.grid = grid
      scalarByteCount = layout.scalarByteCount
      self.filters = filters
      self.chunks = chunks
      leavesEdgesUnfiltered = layout.leavesEdgesUnfiltered
      source = file.bytes
    }

    /// The numbers, one after the other.
    ///
    /// - Parameter part: the data set, for messages.
    /// - Throws: ``WeightFileError`` if a chunk is damaged.
    func numbers(part: String) throws -> Bytes {
      let count = grid.dimensions.reduce(scalarByteCount, *)
      var numbers = [UInt8](repeating: 0, count: count)
      for (index, chunk) in chunks.enumerated() {
        guard let stored = source.slice(from: chunk.address, count: chunk.count) else {
          throw WeightFileError(.damaged, source.file, part: part, "a chunk lies outside the file")
        }
        let position = grid.position(of: index)
        let lengths = grid.lengths(at: position)
        let isUnfiltered = leavesEdgesUnfiltered && lengths != grid.chunk
        let bytes = try (isUnfiltered ? FilterPipeline() : filters).numbers(
          from: stored, skipping: chunk.skippedFilters, count: grid.chunkByteCount, part: part)
        copy(bytes, lengths: lengths, to: position, of: &numbers)
      }
      return Bytes(numbers, file: source.file)
    }

    /// Copies the part of a chunk that lies within the array, run by run along the last axis.
    private func copy(_ chunk: Bytes, lengths: [Int], to position: [Int], of numbers: inout [UInt8]) {
      let runCount = (lengths.last ?? 1) * scalarByteCount
      let runs = lengths.dropLast().reduce(1, *)
      unsafe chunk.withUnsafeBytes { source in
        unsafe numbers.withUnsafeMutableBytes { target in
          for run in 0..<runs {
            var (rest, stride, targetStride) = (run, grid.chunk.last ?? 1, grid.dimensions.last ?? 1)
            var (from, to) = (0, (position.last ?? 0) * (grid.chunk.last ?? 1))
            for axis in lengths.indices.dropLast().reversed() {
              let place = rest % lengths[axis]
              rest /= lengths[axis]
              from += place * stride
              to += (position[axis] * grid.chunk[axis] + place) * targetStride
              stride *= grid.chunk[axis]
              targetStride *= grid.dimensions[axis]
            }
            let part = unsafe source[(from * scalarByteCount)..<(from * scalarByteCount + runCount)]
            let place = unsafe target[(to * scalarByteCount)..<(to * scalarByteCount + runCount)]
            unsafe UnsafeMutableRawBufferPointer(rebasing: place).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: part))
          }
        }
      }
    }
  }
}
