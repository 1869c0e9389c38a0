extension HDF5File {
  /// How chunks cover an array: a grid, of which the last ones on an axis may reach past its end.
  struct ChunkGrid: Sendable {
    /// The lengths of the array's axes.
    let dimensions: [Int]
    /// The lengths of a chunk's axes.
    let chunk: [Int]
    /// How many chunks there are along each axis.
    let counts: [Int]
    /// How many chunks there are in all.
    let count: Int
    /// How many bytes a whole chunk takes.
    let chunkByteCount: Int

    /// nil if the numbers of axes differ, or something has more elements than can be.
    init?(dimensions: [Int], chunk: [Int], scalarByteCount: Int) {
      guard dimensions.count == chunk.count, chunk.allSatisfy({ $0 > 0 }) else { return nil }
      let counts = zip(dimensions, chunk).map { Self.quotient($0, $1) }
      guard let count = StoredScalars.byteCount(of: counts, scalarByteCount: 1),
        let chunkByteCount = StoredScalars.byteCount(of: chunk, scalarByteCount: scalarByteCount)
      else { return nil }
      self.dimensions = dimensions
      self.chunk = chunk
      self.counts = counts
      self.count = count
      self.chunkByteCount = chunkByteCount
    }

    /// How many chunks it takes to cover an axis.
    static func quotient(_ length: Int, _ chunk: Int) -> Int {
      length / chunk + (length % chunk == 0 ? 0 : 1)
    }

    /// A chunk's place along each axis, of the chunks counted with the last axis fastest.
    func position(of index: Int) -> [Int] {
      var position = counts
      var rest = index
      for axis in counts.indices.reversed() {
        position[axis] = rest % counts[axis]
        rest /= counts[axis]
      }
      return position
    }

    /// The number of the chunk at a place along each axis; nil outside of the array.
    func index(of position: [Int]) -> Int? {
      var index = 0
      for (axis, place) in position.enumerated() {
        guard place >= 0, place < counts[axis] else { return nil }
        index = index * counts[axis] + place
      }
      return index
    }

    /// How long a chunk is along each axis within the array.
    func lengths(at position: [Int]) -> [Int] {
      position.indices.map { min(chunk[$0], dimensions[$0] - position[$0] * chunk[$0]) }
    }
  }
}
