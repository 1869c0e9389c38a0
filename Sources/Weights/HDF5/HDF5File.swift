import GraftFiles

/// The objects of an HDF5 file: groups and data sets with their attributes, found by path.
///
/// This is what h5py writes for weights, in the forms of the oldest and of the newest library (HDF5 File Format
/// Specification, version 4.0): superblock versions 0 to 3; object headers of both versions; groups whose links lie in a
/// symbol table, in the header or in a fractal heap; attributes in the header or in a heap; contiguous, compact and
/// chunked data with any of the indexes, deflated, shuffled and checksummed. Everything else is refused by name.
///
/// Each part is read once, and together they may not be longer than the file: a file whose parts lead in circles, or
/// that makes many tensors of the same bytes, ends in an error.
final class HDF5File {
  /// The file from its superblock on: addresses count from there.
  let bytes: Bytes
  /// Whether damage that checksums reveal is looked for. Only fuzzing leaves it out, to come further.
  let verifiesChecksums: Bool
  private let rootAddress: Int
  private var unread: Int
  private var uninflated: Int
  private var contents: [Int: Object.Content] = [:]
  private var collections: [Int: HeapCollection] = [:]

  /// Reads the superblock.
  ///
  /// - Parameter bytes: from the superblock on; see ``Superblock/offset(in:)``.
  init(_ bytes: Bytes, verifiesChecksums: Bool = true) throws(HDF5Error) {
    self.bytes = bytes
    self.verifiesChecksums = verifiesChecksums
    unread = bytes.count
    uninflated = bytes.count.multipliedReportingOverflow(by: Self.largestInflation).partialValue
    rootAddress = try Superblock(bytes, verifiesChecksum: verifiesChecksums).rootAddress
  }

  /// A part of the file to be read again, with what follows it: the head of something that says how long it is.
  func peek(at address: Int, count: Int, of what: String) throws(HDF5Error) -> Cursor {
    guard let slice = bytes.slice(from: address, count: count) else {
      throw HDF5Error(.damaged, at: address, "\(what) of \(count) bytes runs past the end of the file")
    }
    return Cursor(slice, at: address)
  }

  /// A part of the file to be read; counts towards what may be read in all.
  func cursor(at address: Int, count: Int, of what: String) throws(HDF5Error) -> Cursor {
    let cursor = try peek(at: address, count: count, of: what)
    guard count <= unread else {
      throw HDF5Error(
        .damaged, at: address,
        "its parts are longer together than the file: \(what) here leads in a circle, or is read again and again"
      )
    }
    unread -= count
    return cursor
  }

  /// A part that ends in a checksum, which is verified and left out.
  ///
  /// - Parameter count: how many bytes the part has, with its checksum.
  func checkedCursor(at address: Int, count: Int, of what: String) throws(HDF5Error) -> Cursor {
    var cursor = try cursor(at: address, count: count, of: what)
    guard count >= 4 else { throw HDF5Error(.damaged, at: address, "\(what) has no room for its checksum") }
    let part = try cursor.part(count - 4)
    let stored = try cursor.integer(UInt32.self)
    let computed = try verifiesChecksums ? Checksum.lookup3(part.rest) : stored
    guard computed == stored else {
      throw HDF5Error(.damaged, at: address, "the checksum of \(what) does not match: bytes have changed")
    }
    return part
  }

  /// Counts numbers that are stored in chunks towards what all chunks together may come to.
  ///
  /// Weights compress to a half or a third, weights of which most are zero to a twentieth. What claims far more than that
  /// was made to fill the memory.
  func claim(_ byteCount: Int, at address: Int) throws(HDF5Error) {
    guard byteCount <= uninflated else {
      throw HDF5Error(
        .unsupported, at: address,
        "its chunks claim \(byteCount) bytes, out of proportion to a file of \(bytes.count): with them it would come "
          + "to more than \(Self.largestInflation) times its size",
        remedy: "If its source is to be trusted, save it without compression, in h5py for instance.")
    }
    uninflated -= byteCount
  }

  private static let largestInflation = 64
}

// MARK: Objects

extension HDF5File {
  /// The group that all paths start from.
  var root: Object {
    get throws(HDF5Error) { try object(at: rootAddress, path: "/") }
  }

  /// What lies at a path below a group, or below the root if the path begins with a slash; only hard links are followed.
  func object(at path: String, in group: Object) throws(HDF5Error) -> Object {
    // A group may contain itself, and a path lead through it for as long as the file likes.
    guard path.utf8.count <= Self.longestPath else {
      throw HDF5Error(
        .damaged, at: group.headerAddress,
        "the group \(group.path) lists a path of \(path.utf8.count) bytes, and \(Self.longestPath) is the most"
      )
    }
    var object = path.hasPrefix("/") ? try root : group
    for component in path.split(separator: "/") where component != "." {
      let parent = object
      object = try HDF5Error.about(parent.path(of: component)) { () throws(HDF5Error) in
        try self.object(at: parent.address(of: String(component)), path: parent.path(of: component))
      }
    }
    return object
  }

  /// Several times what Keras comes to with models inside models.
  private static let longestPath = 1024

  /// The object whose header lies at an address.
  func object(at address: Int, path: String) throws(HDF5Error) -> Object {
    let content: Object.Content
    if let known = contents[address] {
      content = known
    } else {
      content = try HDF5Error.about(path) { () throws(HDF5Error) in
        try Object.Content(ObjectHeader(at: address, in: self), in: self)
      }
      contents[address] = content
    }
    return Object(path: path, headerAddress: address, content: content)
  }

  /// The bytes that a variable-length value refers to.
  func heapObject(_ index: Int, ofCollectionAt address: Int) throws(HDF5Error) -> Cursor {
    let collection: HeapCollection
    if let known = collections[address] {
      collection = known
    } else {
      collection = try HeapCollection(at: address, in: self)
      collections[address] = collection
    }
    guard let range = collection.objects[index] else {
      throw HDF5Error(.damaged, at: address, "the heap of variable-length values has no object \(index)")
    }
    return try cursor(at: range.lowerBound, count: range.count, of: "a variable-length value")
  }
}
