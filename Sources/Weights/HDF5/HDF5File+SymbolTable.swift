import GraftFiles

extension HDF5File {
  /// A group of the old style: a tree of nodes with links, whose names lie in a local heap (specification, sections
  /// III.A.1, III.B, III.C and III.D).
  struct SymbolTable {
    private let treeAddress: Int
    private let names: Bytes
    private let namesOffset: Int
    /// No name is stored twice, so that all of them together are no longer than the heap.
    private var unreadNames: Int

    init(_ message: ObjectHeader.Message, in file: HDF5File) throws(HDF5Error) {
      var cursor = try message.cursor()
      treeAddress = try cursor.address(of: "the group's tree")
      var heap = try file.cursor(
        at: try cursor.address(of: "the group's names"), count: 32, of: "the heap of a group's names")
      try heap.expect("HEAP", "the heap of the group's names")
      try heap.skip(4)
      let count = try heap.length()
      try heap.skip(8)
      namesOffset = try heap.address(of: "the names in their heap")
      names = try file.cursor(at: namesOffset, count: count, of: "the names of a group").rest
      unreadNames = count
    }

    /// All links, by name.
    mutating func links(in file: HDF5File) throws(HDF5Error) -> [String: Link] {
      var links: [String: Link] = [:]
      // Each with the level that a node at this place must have; -1 stands for the links themselves.
      var pending = [(address: treeAddress, level: nil as Int?)]
      while let (address, level) = pending.popLast() {
        if level == -1 {
          try readLinks(at: address, in: file, into: &links)
        } else {
          let (children, found) = try Self.children(ofNodeAt: address, level: level, in: file)
          pending += children.map { (address: $0, level: found - 1) }
        }
      }
      return links
    }

    private static func children(
      ofNodeAt address: Int, level: Int?, in file: HDF5File
    ) throws(HDF5Error) -> (children: [Int], level: Int) {
      var head = try file.cursor(at: address, count: 24, of: "a node of a group's tree")
      try head.expect("TREE", "a node of the group's tree")
      let (type, found, count) = (try head.byte(), try head.byte(), try head.short())
      guard type == 0, level == nil || level == found else {
        throw HDF5Error(
          .damaged, at: address,
          "a node of kind \(type) and level \(found) is not what the group's tree should have here")
      }
      // Keys and children in turn; the keys serve to search by name, and here all are read.
      var body = try file.cursor(at: address + 24, count: 16 * count, of: "a node of a group's tree")
      var children: [Int] = []
      for _ in 0..<count {
        try body.skip(8)
        children.append(try body.address(of: "a part of the group's tree"))
      }
      return (children, found)
    }

    private mutating func readLinks(
      at address: Int, in file: HDF5File, into links: inout [String: Link]
    ) throws(HDF5Error) {
      var head = try file.cursor(at: address, count: 8, of: "a list of links")
      try head.expect("SNOD", "a list of the group's links")
      try head.skip(2)
      let count = try head.short()
      var body = try file.cursor(at: address + 8, count: 40 * count, of: "a list of links")
      for _ in 0..<count {
        let name = try text(at: try body.length())
        let object = try body.address()
        let kind = try body.word()
        try body.skip(4)
        let target = try body.word()
        try body.skip(12)
        if kind == 2 {
          links[name] = .soft(try text(at: target))
        } else if let object {
          links[name] = .hard(object)
        }
      }
    }

    /// A text in the heap, up to the zero that ends it.
    private mutating func text(at offset: Int) throws(HDF5Error) -> String {
      let place = namesOffset.addingReportingOverflow(offset).partialValue
      var characters: [UInt8] = []
      while let character = names[offset + characters.count], character != 0 {
        characters.append(character)
        guard characters.count <= unreadNames else {
          throw HDF5Error(.damaged, at: place, "the group's names are longer than the heap that holds them")
        }
      }
      unreadNames -= characters.count
      guard offset + characters.count < names.count, let text = String(validating: characters, as: UTF8.self)
      else {
        throw HDF5Error(
          .damaged, at: place, "there is no name here, where one of the group's links should have it")
      }
      return text
    }
  }
}
