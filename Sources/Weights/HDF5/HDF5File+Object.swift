extension HDF5File {
  /// A group or a data set.
  struct Object {
    /// The names that lead here from the root group.
    let path: String
    /// Where its header lies: the same for every path that leads to this object.
    let headerAddress: Int
    let content: Content

    /// What the file holds about an object, whatever path leads to it.
    struct Content {
      let header: ObjectHeader
      let links: [String: Link]
      let attributes: [String: Attribute]

      init(_ header: ObjectHeader, in file: HDF5File) throws(HDF5Error) {
        self.header = header
        links = try Link.links(of: header, in: file)
        let attributes = try Attribute.attributes(of: header, in: file)
        self.attributes = Dictionary(attributes.map { ($0.name, $0) }) { first, _ in first }
      }
    }

    /// The path of something in this group.
    func path(of name: some StringProtocol) -> String { path == "/" ? "/\(name)" : "\(path)/\(name)" }
  }
}

extension HDF5File.Object {
  /// Where the header of something in this group lies.
  func address(of name: String) throws(HDF5Error) -> Int {
    switch content.links[name] {
    case .hard(let address): return address
    case .soft(let target):
      throw HDF5Error(
        .unsupported, at: nil, "it is only a link to \(target), and Graft follows none",
        remedy: "Keras writes no such links: look where this file came from.")
    case .external(let target):
      throw HDF5Error(
        .unsupported, at: nil,
        "it is a link into another file (\(target)), and Graft never follows such links",
        remedy: "Open that file instead, if you know where it came from.")
    case nil:
      throw HDF5Error(
        .damaged, at: headerAddress,
        "it is listed, but the group \(path) has nothing of that name",
        remedy: "The file was not written to its end, or was changed afterwards: get it again.")
    }
  }

  /// Whether this group has something of that name.
  func contains(_ name: String) -> Bool { content.links[name] != nil }

  /// Whether this is a group, and no data set.
  var isGroup: Bool { content.header.message(HDF5File.ObjectHeader.MessageType.layout) == nil }

  /// The names in this group, in no particular order.
  var names: [String] { Array(content.links.keys) }
}

// MARK: Attributes

extension HDF5File.Object {
  /// The texts of an attribute; nil if there is no attribute of that name.
  ///
  /// Long lists are looked for in pieces as well, under the name with 0, 1, … appended, as Keras splits them.
  func strings(_ name: String, in file: HDF5File) throws(HDF5Error) -> [String]? {
    if let attribute = content.attributes[name] { return try strings(attribute, in: file) }
    var strings: [String]?
    var piece = 0
    while let attribute = content.attributes["\(name)\(piece)"] {
      strings = try (strings ?? []) + self.strings(attribute, in: file)
      piece += 1
    }
    return strings
  }

  /// The integer of an attribute; nil if there is no attribute of that name.
  func integer(_ name: String, in file: HDF5File) throws(HDF5Error) -> Int? {
    guard let attribute = content.attributes[name] else { return nil }
    return try HDF5Error.about("\(path), attribute \(name)") { () throws(HDF5Error) in
      try attribute.integer(in: file)
    }
  }

  private func strings(_ attribute: HDF5File.Attribute, in file: HDF5File) throws(HDF5Error) -> [String] {
    try HDF5Error.about("\(path), attribute \(attribute.name)") { () throws(HDF5Error) in
      try attribute.strings(in: file)
    }
  }
}
