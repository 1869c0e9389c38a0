import GraftFiles

extension HDF5File {
  /// What was done to each chunk before it was stored, in this order (specification, section IV.A.2.l).
  struct FilterPipeline: Sendable {
    /// One step.
    enum Filter: Equatable, Sendable {
      /// zlib's format.
      case deflate
      /// All first bytes of the numbers, then all second ones, and so on.
      case shuffle(scalarByteCount: Int)
      /// A checksum at the end.
      case fletcher32
    }

    let filters: [Filter]

    /// No filters.
    init() { filters = [] }

    init(_ cursor: Cursor) throws(HDF5Error) {
      var cursor = cursor
      let place = cursor.offset
      let version = try cursor.byte()
      guard 1...2 ~= version else {
        throw HDF5Error(
          .damaged, at: place, "its filters are described in version \(version), which does not exist")
      }
      let count = try cursor.byte()
      // Each has a bit in a chunk's mask of 32.
      guard count <= 32 else {
        throw HDF5Error(.damaged, at: place, "it claims \(count) filters, and 32 is the most")
      }
      if version == 1 { try cursor.skip(6) }
      var filters: [Filter] = []
      for _ in 0..<count { filters.append(try Self.filter(&cursor, version: version)) }
      self.filters = filters
    }

    private static func filter(_ cursor: inout Cursor, version: Int) throws(HDF5Error) -> Filter {
      let place = cursor.offset
      let number = try cursor.short()
      let nameCount = version == 1 || number >= 256 ? try cursor.short() : 0
      // Flags: whether a filter may be left out; each chunk says whether it was.
      try cursor.skip(2)
      let valueCount = try cursor.short()
      try cursor.skip(version == 1 ? (nameCount + 7) / 8 * 8 : nameCount)
      var values: [Int] = []
      for _ in 0..<valueCount { values.append(try cursor.word()) }
      if version == 1, valueCount % 2 == 1 { try cursor.skip(4) }
      switch number {
      case 1: return .deflate
      case 2:
        guard let scalarByteCount = values.first, scalarByteCount > 0 else {
          throw HDF5Error(.damaged, at: place, "its bytes are shuffled in an unknown way")
        }
        return .shuffle(scalarByteCount: scalarByteCount)
      case 3: return .fletcher32
      default:
        throw HDF5Error(
          .unsupported, at: place,
          "its numbers are compressed by \(names[number] ?? "filter \(number)"), and Graft reads deflate (gzip) only",
          remedy: "Save them with gzip or without compression, in h5py for instance.")
      }
    }

    private static let names = [
      4: "szip", 5: "the n-bit filter", 6: "the scale-offset filter", 32000: "LZF", 32001: "Blosc",
      32004: "LZ4", 32008: "bitshuffle", 32013: "ZFP", 32015: "Zstandard", 32026: "Blosc 2",
    ]
  }
}

// MARK: Undoing

extension HDF5File.FilterPipeline {
  /// A chunk's numbers.
  ///
  /// - Parameters:
  ///   - stored: as they lie in the file.
  ///   - skipped: a bit for each filter that was left out.
  ///   - count: how many bytes the numbers have.
  ///   - part: the data set, for messages.
  /// - Throws: ``WeightFileError`` if a checksum does not match, or the bytes do not become `count`.
  func numbers(from stored: Bytes, skipping skipped: Int, count: Int, part: String) throws -> Bytes {
    var bytes = stored
    for (index, filter) in filters.enumerated().reversed() where skipped >> index & 1 == 0 {
      switch filter {
      case .deflate:
        // What went in had the checksums from before, too.
        let checksumCount = filters[..<index].enumerated().count { earlier, filter in
          filter == .fletcher32 && skipped >> earlier & 1 == 0
        }
        let (inflated, isComplete) = try Inflater.inflate(
          bytes, count: count + 4 * checksumCount, part: part, isWrapped: true)
        guard isComplete else {
          throw WeightFileError(
            .damaged, bytes.file, part: part, "a chunk inflates to more than its \(count) bytes")
        }
        bytes = Bytes(inflated, file: bytes.file)
      case .shuffle(let scalarByteCount): bytes = Self.unshuffled(bytes, scalarByteCount)
      case .fletcher32: bytes = try Self.checked(bytes, part: part)
      }
    }
    guard bytes.count == count else {
      throw WeightFileError(
        .damaged, bytes.file, part: part, "a chunk has \(bytes.count) bytes, and its shape needs \(count)")
    }
    return bytes
  }

  private static func checked(_ bytes: Bytes, part: String) throws -> Bytes {
    guard let content = bytes.slice(from: 0, count: bytes.count - 4),
      let stored = bytes.littleEndian(UInt32.self, at: bytes.count - 4)
    else { throw WeightFileError(.damaged, bytes.file, part: part, "a chunk has no room for its checksum") }
    let sum = HDF5File.Checksum.fletcher32(content)
    // Early releases stored the bytes of each half in the other order.
    let halvesSwapped = (sum & 0x00ff_00ff) << 8 | (sum & 0xff00_ff00) >> 8
    guard sum == stored || halvesSwapped == stored else {
      throw WeightFileError(
        .damaged, bytes.file, part: part,
        "the Fletcher-32 checksum of a chunk does not match: bytes have changed"
      )
    }
    return content
  }

  /// Bytes that do not fill a number stay at the end.
  private static func unshuffled(_ bytes: Bytes, _ scalarByteCount: Int) -> Bytes {
    let count = bytes.count / scalarByteCount
    guard scalarByteCount > 1, count > 1 else { return bytes }
    let unshuffled = unsafe bytes.withUnsafeBytes { source in
      unsafe [UInt8](unsafeUninitializedCapacity: source.count) { output, initializedCount in
        for byte in 0..<scalarByteCount {
          for index in 0..<count {
            unsafe output[index * scalarByteCount + byte] = source[byte * count + index]
          }
        }
        for index in count * scalarByteCount..<source.count { unsafe output[index] = source[index] }
        initializedCount = source.count
      }
    }
    return Bytes(unshuffled, file: bytes.file)
  }
}
