import GraftFiles

/// The objects of an HDF5 file: groups and data sets with their attributes, found by path.
///
/// This is the part of the format (HDF5 File Format Specification, version 3.0) that the widespread releases of Keras
/// write: superblock versions 0 and 1, groups as symbol tables or with their links in the header, version 1 object
/// headers, and contiguous or compact data. Everything else is refused by name.
///
/// Each part is read once, and together they may not be longer than the file: a file whose parts lead in circles, or
/// that makes many tensors of the same bytes, ends in an error.
final class HDF5File {
  /// The whole file.
  let bytes: Bytes
  private let rootAddress: Int
  private var unread: Int
  private var contents: [Int: Object.Content] = [:]
  private var collections: [Int: HeapCollection] = [:]

  /// Reads the superblock.
  init(_ bytes: Bytes) throws(HDF5Error) {
    self.bytes = bytes
    unread = bytes.count
    rootAddress = try Superblock(bytes).rootAddress
  }

  /// A part of the file to be read; counts towards what may be read in all.
  func cursor(at address: Int, count: Int, of what: String) throws(HDF5Error) -> Cursor {
    guard let slice = bytes.slice(from: address, count: count) else {
      throw HDF5Error(.damaged, at: address, "\(what) of \(count) bytes runs past the end of the file")
    }
    guard count <= unread else {
      throw HDF5Error(
        .damaged, at: address,
        "its parts are longer together than the file: \(what) here leads in a circle, or is read again and again"
      )
    }
    unread -= count
    return Cursor(slice, at: address)
  }
}

// MARK: Objects

extension HDF5File {
  /// The group that all paths start from.
  var root: Object {
    get throws(HDF5Error) { try object(at: rootAddress, path: "/") }
  }

  /// What lies at a path below a group; only hard links are followed.
  func object(at path: String, in group: Object) throws(HDF5Error) -> Object {
    // A group may contain itself, and a path lead through it for as long as the file likes.
    guard path.utf8.count <= Self.longestPath else {
      throw HDF5Error(
        .damaged, at: group.headerAddress,
        "the group \(group.path) lists a path of \(path.utf8.count) bytes, and \(Self.longestPath) is the most"
      )
    }
    var object = group
    for component in path.split(separator: "/") {
      let parent = object
      object = try HDF5Error.about(parent.path(of: component)) { () throws(HDF5Error) in
        try self.object(at: parent.address(of: String(component)), path: parent.path(of: component))
      }
    }
    return object
  }

  /// Several times what Keras comes to with models inside models.
  private static let longestPath = 1024

  private func object(at address: Int, path: String) throws(HDF5Error) -> Object {
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
