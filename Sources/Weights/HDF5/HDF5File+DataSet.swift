import GraftFiles

extension HDF5File {
  /// An array of numbers and where its bytes lie (specification, section IV.A.2.i).
  struct DataSet: Sendable {
    let dimensions: [Int]
    let scalars: StoredScalars

    init(_ object: Object, in file: HDF5File) throws(HDF5Error) {
      (dimensions, scalars) = try HDF5Error.about(object.path) { () throws(HDF5Error) in
        let header = object.content.header
        let space = try Dataspace(try Self.property(ObjectHeader.MessageType.dataspace, of: header))
        guard case .simple(let dimensions) = space else {
          throw HDF5Error(.damaged, at: header.address, "it has no numbers, not even one of them")
        }
        let type = try Datatype(try Self.property(ObjectHeader.MessageType.datatype, of: header))
        guard case .number(let format) = type else {
          throw HDF5Error(
            .unsupported, at: header.address, "it holds \(type.name), and numbers are wanted",
            remedy: "This is no weight: look where the file came from.")
        }
        guard let byteCount = StoredScalars.byteCount(of: dimensions, scalarByteCount: format.byteCount)
        else {
          throw HDF5Error(
            .damaged, at: header.address, "its shape \(dimensions) has more elements than can be")
        }
        let payload = try Self.payload(of: header, byteCount: byteCount, in: file)
        return (dimensions, StoredScalars(format: format, bytes: payload, part: object.path))
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

  private static func payload(
    of header: HDF5File.ObjectHeader, byteCount: Int, in file: HDF5File
  ) throws(HDF5Error) -> Bytes {
    guard header.message(HDF5File.ObjectHeader.MessageType.externalFiles) == nil else {
      throw HDF5Error(
        .unsupported, at: header.address, "its numbers lie in another file, and Graft never follows that",
        remedy: "A weight file has no reason to name other files: look where this one came from.")
    }
    var cursor = try property(HDF5File.ObjectHeader.MessageType.layout, of: header)
    let place = cursor.offset
    switch try cursor.byte() {
    case 1, 2: return try oldPayload(&cursor, byteCount: byteCount, in: file)
    case 3:
      switch try cursor.byte() {
      case 0: return try compact(&cursor, count: try cursor.short(), byteCount: byteCount)
      case 1:
        let address = try cursor.address()
        return try contiguous(
          at: address, count: try cursor.length(), byteCount: byteCount, place: place, in: file)
      case let kind: throw unsupported(kind, at: place)
      }
    case let version:
      throw HDF5Error.unsupported(
        at: place, "its storage is described in version \(version), and Graft reads 1 to 3")
    }
  }

  /// Layout messages of versions 1 and 2, which give the lengths of the axes anew and no length in bytes.
  private static func oldPayload(
    _ cursor: inout HDF5File.Cursor, byteCount: Int, in file: HDF5File
  ) throws(HDF5Error) -> Bytes {
    let place = cursor.offset
    let rank = try cursor.byte()
    let kind = try cursor.byte()
    try cursor.skip(5)
    switch kind {
    case 0:
      try cursor.skip(4 * rank)
      return try compact(&cursor, count: try cursor.word(), byteCount: byteCount)
    case 1:
      return try contiguous(
        at: try cursor.address(), count: byteCount, byteCount: byteCount, place: place, in: file)
    default: throw unsupported(kind, at: place)
    }
  }

  private static func compact(
    _ cursor: inout HDF5File.Cursor, count: Int, byteCount: Int
  ) throws(HDF5Error) -> Bytes {
    guard count == byteCount else { throw mismatch(count, byteCount: byteCount, at: cursor.offset) }
    return try cursor.slice(count)
  }

  private static func contiguous(
    at address: Int?, count: Int, byteCount: Int, place: Int, in file: HDF5File
  ) throws(HDF5Error) -> Bytes {
    guard count == byteCount else { throw mismatch(count, byteCount: byteCount, at: place) }
    guard let address else {
      guard byteCount == 0 else {
        throw HDF5Error(.damaged, at: place, "its \(byteCount) bytes were never written")
      }
      return Bytes([], file: file.bytes.file)
    }
    return try file.cursor(at: address, count: byteCount, of: "an array").rest
  }

  private static func mismatch(_ count: Int, byteCount: Int, at place: Int) -> HDF5Error {
    HDF5Error(.damaged, at: place, "its shape and type need \(byteCount) bytes, and \(count) are stored")
  }

  private static func unsupported(_ kind: Int, at place: Int) -> HDF5Error {
    kind == 2
      ? .unsupported(
        at: place, "its numbers are stored in chunks, perhaps compressed, which is not supported yet")
      : .unsupported(at: place, "its numbers are stored in a way (\(kind)) that Graft does not know")
  }
}
