import GraftFiles

extension HDF5File {
  /// How a data set's bytes are laid out in the file (specification, section IV.A.2.i).
  enum Layout {
    /// Within the header.
    case compact(Bytes)
    /// In one piece; without an address if they were never written. Old versions do not say how many bytes there are.
    case contiguous(address: Int?, count: Int?)
    /// In blocks of one shape, found by an index.
    case chunked(Chunks)

    /// Blocks of numbers, each stored, and perhaps compressed, by itself.
    struct Chunks {
      /// The lengths of a chunk's axes.
      let dimensions: [Int]
      /// How many bytes one number takes.
      let scalarByteCount: Int
      /// How a chunk is found.
      let index: Index
      /// Where the index lies; nil if no chunk was written.
      let address: Int?
      /// Whether chunks that reach past the end of an axis are stored without filters.
      var leavesEdgesUnfiltered = false
    }

    /// The ways to find chunks.
    enum Index {
      /// A B-tree of version 1.
      case tree
      /// There is only one; where it is filtered, with its stored size and the filters that were left out.
      case single(filtered: (count: Int, skippedFilters: Int)?)
      /// All of them one after the other.
      case implicit
      case fixedArray
      case extensibleArray
      /// A B-tree of version 2.
      case recordTree
    }

    init(_ cursor: Cursor) throws(HDF5Error) {
      var cursor = cursor
      let place = cursor.offset
      let version = try cursor.byte()
      switch version {
      case 1, 2: self = try Self.versions1And2(&cursor)
      case 3, 4, 5:
        switch try cursor.byte() {
        case 0: self = .compact(try cursor.slice(try cursor.short()))
        case 1: self = .contiguous(address: try cursor.address(), count: try cursor.length())
        case 2 where version == 3: self = .chunked(try Self.version3Chunks(&cursor))
        case 2: self = .chunked(try Self.version4Chunks(&cursor))
        case 3:
          throw HDF5Error(
            .unsupported, at: place,
            "it is a virtual data set, made of parts of others, and Graft follows none",
            remedy: "A weight file has no reason to refer to other data: look where this one came from.")
        case let kind: throw Self.unknown(kind, at: place)
        }
      default:
        throw HDF5Error(
          .damaged, at: place, "its storage is described in version \(version), which does not exist")
      }
    }
  }
}

extension HDF5File.Layout {
  /// Versions that give the lengths of the axes anew, and no length in bytes.
  private static func versions1And2(_ cursor: inout HDF5File.Cursor) throws(HDF5Error) -> HDF5File.Layout {
    let place = cursor.offset
    let rank = try cursor.byte()
    let kind = try cursor.byte()
    try cursor.skip(5)
    switch kind {
    case 0:
      try cursor.skip(4 * rank)
      return .compact(try cursor.slice(try cursor.word()))
    case 1: return .contiguous(address: try cursor.address(), count: nil)
    case 2:
      let address = try cursor.address()
      return .chunked(try chunks(&cursor, rank: rank, lengthByteCount: 4, index: .tree, address: address))
    default: throw unknown(kind, at: place)
    }
  }

  private static func version3Chunks(_ cursor: inout HDF5File.Cursor) throws(HDF5Error) -> Chunks {
    let rank = try cursor.byte()
    let address = try cursor.address()
    return try chunks(&cursor, rank: rank, lengthByteCount: 4, index: .tree, address: address)
  }

  private static func version4Chunks(_ cursor: inout HDF5File.Cursor) throws(HDF5Error) -> Chunks {
    let flags = try cursor.byte()
    let rank = try cursor.byte()
    let lengthByteCount = try cursor.byte()
    let lengths = try chunks(
      &cursor, rank: rank, lengthByteCount: lengthByteCount, index: .implicit, address: nil)
    let place = cursor.offset
    let index: Index
    switch try cursor.byte() {
    case 1:
      index = .single(filtered: flags & 0b10 == 0 ? nil : (try cursor.length(), try cursor.word()))
    case 2: index = .implicit
    // What follows here stands in the arrays and trees themselves, too.
    case 3:
      index = .fixedArray
      try cursor.skip(1)
    case 4:
      index = .extensibleArray
      try cursor.skip(5)
    case 5:
      index = .recordTree
      try cursor.skip(6)
    case let kind:
      throw HDF5Error(.damaged, at: place, "its chunks have an index of the unknown kind \(kind)")
    }
    return Chunks(
      dimensions: lengths.dimensions, scalarByteCount: lengths.scalarByteCount, index: index,
      address: try cursor.address(), leavesEdgesUnfiltered: flags & 0b1 != 0)
  }

  /// Reads the lengths of a chunk's axes, of which the last is the size of a number.
  private static func chunks(
    _ cursor: inout HDF5File.Cursor, rank: Int, lengthByteCount: Int, index: Index, address: Int?
  ) throws(HDF5Error) -> Chunks {
    let place = cursor.offset
    guard rank >= 2, 1...8 ~= lengthByteCount else {
      throw HDF5Error(.damaged, at: place, "its chunks have \(rank - 1) axes")
    }
    var lengths: [Int] = []
    for _ in 0..<rank { lengths.append(try cursor.integer(byteCount: lengthByteCount)) }
    guard !lengths.contains(0) else {
      throw HDF5Error(.damaged, at: place, "its chunks are empty: their shape is \(lengths.dropLast())")
    }
    let scalarByteCount = lengths.removeLast()
    return Chunks(dimensions: lengths, scalarByteCount: scalarByteCount, index: index, address: address)
  }

  private static func unknown(_ kind: Int, at place: Int) -> HDF5Error {
    HDF5Error(.damaged, at: place, "its numbers are stored in a way (\(kind)) that does not exist")
  }
}
