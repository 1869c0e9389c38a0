extension HDF5File {
  /// The lengths of the axes of a data set or an attribute (specification, section IV.A.2.b).
  enum Dataspace {
    /// One value where there are no dimensions.
    case simple([Int])
    /// No value at all.
    case null

    /// The most axes that the format allows.
    private static let maximumRank = 32

    init(_ cursor: Cursor) throws(HDF5Error) {
      var cursor = cursor
      let place = cursor.offset
      let version = try cursor.byte()
      let rank = try cursor.byte()
      // Flags tell of largest dimensions, which follow and do not matter here.
      try cursor.skip(1)
      let type = try cursor.byte()
      switch version {
      case 1: try cursor.skip(4)
      case 2:
        guard type != 2 else {
          self = .null
          return
        }
      default:
        throw HDF5Error(
          .damaged, at: place, "its list of dimensions has version \(version), which does not exist")
      }
      guard rank <= Self.maximumRank else {
        throw HDF5Error(
          .damaged, at: place, "it claims \(rank) dimensions, and \(Self.maximumRank) is the most")
      }
      var dimensions: [Int] = []
      for _ in 0..<rank { dimensions.append(try cursor.length()) }
      self = .simple(dimensions)
    }
  }
}
