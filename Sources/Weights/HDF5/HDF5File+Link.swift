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
    return links
  }

  /// Whether a group keeps links where this reader does not look: in a fractal heap.
  static func areDense(_ header: HDF5File.ObjectHeader) throws(HDF5Error) -> Bool {
    guard let message = header.message(HDF5File.ObjectHeader.MessageType.linkInformation) else {
      return false
    }
    var cursor = try message.cursor()
    try cursor.skip(1)
    let flags = try cursor.byte()
    if flags & 0b1 != 0 { try cursor.skip(8) }
    return try cursor.address() != nil
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
