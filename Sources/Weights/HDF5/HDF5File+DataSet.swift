import GraftFiles

extension HDF5File {
  /// An array and where its bytes lie. One whose values are no numbers that Graft reads can be described, and not read.
  struct DataSet: Sendable {
    /// The lengths of its axes.
    let dimensions: [Int]
    /// For people: `float32`, `text`.
    let typeName: String
    private let content: Content
    /// Its path, for messages.
    private let part: String

    private enum Content: Sendable {
      case numbers(StoredScalars.Format, Storage)
      /// Why its values are not read.
      case unread(WeightFileError)
    }

    /// Where the numbers come from.
    private enum Storage: Sendable {
      case whole(Bytes)
      case chunked(ChunkedNumbers)
    }

    /// Reads the description; no numbers yet.
    init(_ object: Object, in file: HDF5File) throws(HDF5Error) {
      part = object.path
      (dimensions, typeName, content) = try HDF5Error.about(object.path) { () throws(HDF5Error) in
        let header = object.content.header
        let space = try Dataspace(try Self.property(ObjectHeader.MessageType.dataspace, of: header))
        guard case .simple(let dimensions, let maximum) = space else {
          throw HDF5Error(.damaged, at: header.address, "it has no numbers, not even one of them")
        }
        let type = try Datatype(try Self.property(ObjectHeader.MessageType.datatype, of: header))
        guard let byteCount = StoredScalars.byteCount(of: dimensions, scalarByteCount: type.byteCount) else {
          throw HDF5Error(
            .damaged, at: header.address, "its shape \(dimensions) has more elements than can be")
        }
        guard let format = try Self.format(of: type, object, in: file) else {
          let unread = WeightFileError(
            .unsupported, file.bytes.file, part: object.path, Self.problem(of: type),
            remedy: "This is no weight: leave it out, or look where the file came from.")
          return (dimensions, type.name, .unread(unread))
        }
        let storage = try Self.storage(
          of: header, dimensions: dimensions, maximum: maximum, byteCount: byteCount, format: format, in: file
        )
        return (dimensions, format.name, .numbers(format, storage))
      }
    }

    /// The numbers, of which those in chunks are put together now.
    ///
    /// - Throws: ``WeightFileError`` if a chunk is damaged, or these are no numbers.
    func scalars() throws -> StoredScalars {
      switch content {
      case .numbers(let format, .whole(let bytes)):
        return StoredScalars(format: format, bytes: bytes, part: part)
      case .numbers(let format, .chunked(let numbers)):
        return StoredScalars(format: format, bytes: try numbers.numbers(part: part), part: part)
      case .unread(let error): throw error
      }
    }
  }
}

extension HDF5File.DataSet {
  private static func property(
    _ type: Int, of header: HDF5File.ObjectHeader
  ) throws(HDF5Error) -> HDF5File.Cursor {
    guard let message = header.message(type) else {
      throw HDF5Error(
        .damaged, at: header.address, "it is a group or is damaged, and should be an array of numbers")
    }
    return try message.cursor()
  }

  /// How to read values of a type; nil if Graft does not.
  private static func format(
    of type: HDF5File.Datatype, _ object: HDF5File.Object, in file: HDF5File
  ) throws(HDF5Error) -> StoredScalars.Format? {
    switch type {
    case .number(let format): return format
    // Keras 3 stores bfloat16 as bytes of no meaning, and says in an attribute what they are.
    case .opaque(byteCount: 2) where try object.strings("dtype", in: file) == ["bfloat16"]:
      return StoredScalars.Format(kind: .brainFloatingPoint, byteCount: 2)
    default: return nil
    }
  }

  private static func problem(of type: HDF5File.Datatype) -> String {
    if case .unread(_, _, let problem) = type { return problem }
    return "it holds \(type.name), and numbers are wanted"
  }

  private static func storage(
    of header: HDF5File.ObjectHeader, dimensions: [Int], maximum: [Int?], byteCount: Int,
    format: StoredScalars.Format, in file: HDF5File
  ) throws(HDF5Error) -> Storage {
    guard header.message(HDF5File.ObjectHeader.MessageType.externalFiles) == nil else {
      throw HDF5Error(
        .unsupported, at: header.address, "its numbers lie in another file, and Graft never follows that",
        remedy: "A weight file has no reason to name other files: look where this one came from.")
    }
    let message = try property(HDF5File.ObjectHeader.MessageType.layout, of: header)
    let place = message.offset
    switch try HDF5File.Layout(message) {
    case .compact(let bytes):
      guard bytes.count == byteCount else { throw mismatch(bytes.count, byteCount: byteCount, at: place) }
      return .whole(bytes)
    case .contiguous(let address, let count):
      guard count ?? byteCount == byteCount else {
        throw mismatch(count ?? 0, byteCount: byteCount, at: place)
      }
      guard let address else {
        guard byteCount == 0 else {
          throw HDF5Error(.damaged, at: place, "its \(byteCount) bytes were never written")
        }
        return .whole(Bytes([], file: file.bytes.file))
      }
      return .whole(try file.cursor(at: address, count: byteCount, of: "an array").rest)
    case .chunked(let chunks):
      guard chunks.scalarByteCount == format.byteCount else {
        throw mismatch(chunks.scalarByteCount, byteCount: format.byteCount, at: place)
      }
      var filters = HDF5File.FilterPipeline()
      if let message = header.message(HDF5File.ObjectHeader.MessageType.filters) {
        filters = try HDF5File.FilterPipeline(try message.cursor())
      }
      return .chunked(
        try HDF5File.ChunkedNumbers(
          chunks, filters: filters, dimensions: dimensions, maximum: maximum, at: place, in: file))
    }
  }

  private static func mismatch(_ count: Int, byteCount: Int, at place: Int) -> HDF5Error {
    HDF5Error(.damaged, at: place, "its shape and type need \(byteCount) bytes, and \(count) are stored")
  }
}
