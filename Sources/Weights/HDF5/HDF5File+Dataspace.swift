extension HDF5File {
  /// The lengths of the axes of a data set or an attribute (specification, section IV.A.2.b).
  enum Dataspace {
    /// One value where there are no dimensions. The lengths to which the axes may grow are nil where there is no limit.
    case simple([Int], maximum: [Int?])
    /// No value at all.
    case null

    /// The most axes that the format allows.
    private static let maximumRank = 32

    init(_ cursor: Cursor) throws(HDF5Error) {
      var cursor = cursor
      let place = cursor.offset
      let version = try cursor.byte()
      let rank = try cursor.byte()
      let hasMaximum = try cursor.byte() & 0b1 != 0
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
      var maximum: [Int?] = dimensions
      // All ones stand for no limit, as for an address that is undefined.
      if hasMaximum { for axis in 0..<rank { maximum[axis] = try cursor.address() } }
      self = .simple(dimensions, maximum: maximum)
    }
  }
}
