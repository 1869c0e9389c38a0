import GraftFiles

extension HDF5File {
  /// What a name in a group leads to.
  enum Link {
    /// The header of an object in this file.
    case hard(Int)
    /// Another path in this file.
    case soft(String)
    /// A path in another file.
    case external(String)
  }
}

extension HDF5File.Link {
  /// The links of a group by name; none for a data set.
  static func links(
    of header: HDF5File.ObjectHeader, in file: HDF5File
  ) throws(HDF5Error) -> [String: HDF5File.Link] {
    var links: [String: HDF5File.Link] = [:]
    if let message = header.message(HDF5File.ObjectHeader.MessageType.symbolTable) {
      var table = try HDF5File.SymbolTable(message, in: file)
      links = try table.links(in: file)
    }
    for message in header.messages where message.type == HDF5File.ObjectHeader.MessageType.link {
      var cursor = try message.cursor()
      let (name, link) = try parse(&cursor)
      links[name] = link
    }
    if let message = header.message(HDF5File.ObjectHeader.MessageType.linkInformation) {
      for (name, link) in try denseLinks(message, in: file) { links[name] = link }
    }
    return links
  }

  /// The links that a group with many of them keeps in a heap (specification, section IV.A.2.c).
  private static func denseLinks(
    _ message: HDF5File.ObjectHeader.Message, in file: HDF5File
  ) throws(HDF5Error) -> [(String, HDF5File.Link)] {
    var cursor = try message.cursor()
    try cursor.skip(1)
    // The order of creation.
    if try cursor.byte() & 0b1 != 0 { try cursor.skip(8) }
    guard let heapAddress = try cursor.address() else { return [] }
    let tree = try HDF5File.RecordTree(
      at: try cursor.address(of: "the tree of a group's links"), of: .linksByName, in: file)
    var heap = try HDF5File.FractalHeap(at: heapAddress, in: file)
    return try tree.records.map { record throws(HDF5Error) in
      var record = record
      // A hash of the name.
      try record.skip(4)
      var object = try heap.object(&record, in: file)
      return try parse(&object)
    }
  }

  /// A link message (specification, section IV.A.2.g).
  private static func parse(_ cursor: inout HDF5File.Cursor) throws(HDF5Error) -> (String, HDF5File.Link) {
    let place = cursor.offset
    let version = try cursor.byte()
    guard version == 1 else {
      throw HDF5Error(.damaged, at: place, "a link has version \(version), which does not exist")
    }
    let flags = try cursor.byte()
    let type = flags & 0b1000 != 0 ? try cursor.byte() : 0
    // The order of creation, and the character set of the name: what is UTF-8 may be called ASCII.
    if flags & 0b100 != 0 { try cursor.skip(8) }
    if flags & 0b1_0000 != 0 { try cursor.skip(1) }
    let nameCount =
      switch flags & 0b11 {
      case 0: try cursor.byte()
      case 1: try cursor.short()
      case 2: try cursor.word()
      default: try cursor.length()
      }
    let name = try cursor.text(nameCount)
    switch type {
    case 0: return (name, .hard(try cursor.address(of: "what \(name) leads to")))
    case 1: return (name, .soft(try cursor.text(try cursor.short())))
    case 64:
      var target = try cursor.part(try cursor.short())
      try target.skip(1)
      return (
        name, .external(try target.text(target.remaining).split(separator: "\0").joined(separator: ": "))
      )
    default: throw HDF5Error.unsupported(at: place, "the link \(name) is of the unknown kind \(type)")
    }
  }
}

extension HDF5File.Cursor {
  /// The next bytes as UTF-8.
  mutating func text(_ count: Int) throws(HDF5Error) -> String {
    let place = offset
    guard let text = try slice(count).text else {
      throw HDF5Error(.damaged, at: place, "a text of \(count) bytes is not UTF-8")
    }
    return text
  }
}
