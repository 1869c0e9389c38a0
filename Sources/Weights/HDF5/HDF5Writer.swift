/// The structures of an HDF5 file in the oldest form, which every library reads: superblock version 0, groups as symbol
/// tables, contiguous data (HDF5 File Format Specification, version 3.0).
///
/// Everything that describes comes first, then the arrays, whose bytes are not held here.
struct HDF5Writer {
  /// Something in a group.
  indirect enum Node {
    case group(Group)
    case array(Array)
  }

  /// Named objects, and texts that go with them.
  struct Group {
    var members: [String: Node] = [:]
    var attributes: [(name: String, texts: Texts)] = []
  }

  /// The value of an attribute.
  enum Texts {
    case one(String)
    case list([String])
  }

  /// The type of an array's numbers, least significant byte first.
  enum NumberType {
    case float32, int32, uint8
  }

  /// An array whose bytes will lie at `offset` after all descriptions.
  struct Array {
    let type: NumberType
    let dimensions: [Int]
    let byteCount: Int
    let offset: Int
  }

  /// The most bytes of text that an attribute holds beside what describes it, in a message of 64 KiB; Keras' own limit.
  static let longestText = 64512

  private static let undefined = [UInt8](repeating: 0xff, count: 8)
  private static let superblockCount = 96
  private static let leafCapacity = 8
  private static let treeCapacity = 32

  private let arraysStart: Int
  private var bytes: [UInt8]

  /// All bytes before the arrays, of which there will be `arraysCount`; a multiple of eight.
  static func descriptions(of root: Group, arraysCount: Int) -> [UInt8] {
    // Where the arrays begin does not change the size of what says so.
    let count = HDF5Writer(root, arraysStart: 0, arraysCount: arraysCount).bytes.count
    return HDF5Writer(root, arraysStart: count, arraysCount: arraysCount).bytes
  }

  private init(_ root: Group, arraysStart: Int, arraysCount: Int) {
    self.arraysStart = arraysStart
    bytes = [UInt8](repeating: 0, count: Self.superblockCount)
    let rootAddress = write(root)
    bytes.replaceSubrange(
      0..<Self.superblockCount,
      with: Self.superblock(rootAddress: rootAddress, end: arraysStart + arraysCount))
  }

  private static func superblock(rootAddress: Int, end: Int) -> [UInt8] {
    let versions: [UInt8] = [0, 0, 0, 0, 0, 8, 8, 0]
    let fanOuts = short(leafCapacity / 2) + short(treeCapacity / 2) + word(0)
    let places = long(0) + undefined + long(end) + undefined
    return HDF5File.Superblock.signature + versions + fanOuts + places + entry(name: 0, address: rootAddress)
  }

  /// An entry of a symbol table: a link.
  private static func entry(name: Int, address: Int) -> [UInt8] {
    long(name) + long(address) + [UInt8](repeating: 0, count: 24)
  }

  /// Appends a structure, and returns where it lies.
  private mutating func append(_ structure: [UInt8]) -> Int {
    let address = bytes.count
    bytes += Self.padded(structure)
    return address
  }
}

// MARK: Objects

extension HDF5Writer {
  private mutating func write(_ node: Node) -> Int {
    switch node {
    case .group(let group): write(group)
    case .array(let array):
      append(
        Self.header([
          (HDF5File.ObjectHeader.MessageType.dataspace, Self.dataspace(array.dimensions)),
          (HDF5File.ObjectHeader.MessageType.datatype, Self.datatype(array.type)),
          (HDF5File.ObjectHeader.MessageType.layout, layout(of: array)),
        ]))
    }
  }

  private mutating func write(_ group: Group) -> Int {
    // Links are searched by the bytes of their names.
    let members = group.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    // The empty name at the beginning is less than all others.
    var names = [UInt8](repeating: 0, count: 8)
    var entries: [(name: Int, entry: [UInt8])] = []
    for (name, node) in members {
      let address = write(node)
      entries.append((names.count, Self.entry(name: names.count, address: address)))
      names += Self.padded(name.utf8 + [0])
    }
    let namesAddress = append(names)
    // There is no free space in it.
    let heap = append(
      "HEAP".utf8 + [0, 0, 0, 0] + Self.long(names.count) + Self.long(1)
        + Self.long(namesAddress))
    let tree = writeTree(entries)
    let table = Self.long(tree) + Self.long(heap)
    let attributes = group.attributes.map { name, texts in
      (HDF5File.ObjectHeader.MessageType.attribute, Self.attribute(name, texts))
    }
    return append(Self.header([(HDF5File.ObjectHeader.MessageType.symbolTable, table)] + attributes))
  }

  /// Writes the lists of links and the tree above them.
  private mutating func writeTree(_ entries: [(name: Int, entry: [UInt8])]) -> Int {
    // Each with the last of its names, which is a key of the node above it.
    var children: [(address: Int, lastName: Int)] = []
    for start in stride(from: 0, to: entries.count, by: Self.leafCapacity) {
      let part = entries[start..<min(start + Self.leafCapacity, entries.count)]
      let list =
        "SNOD".utf8 + [1, 0] + Self.short(part.count) + part.flatMap(\.entry)
        + [UInt8](repeating: 0, count: 40 * (Self.leafCapacity - part.count))
      children.append((append(list), part.last?.name ?? 0))
    }
    var level: UInt8 = 0
    repeat {
      children = writeLevel(level, above: children)
      level += 1
    } while children.count > 1
    return children[0].address
  }

  private mutating func writeLevel(
    _ level: UInt8, above children: [(address: Int, lastName: Int)]
  ) -> [(address: Int, lastName: Int)] {
    let nodeCount = 24 + 8 * (2 * Self.treeCapacity + 1)
    let starts = Swift.Array(stride(from: 0, to: max(children.count, 1), by: Self.treeCapacity))
    let first = bytes.count
    return starts.enumerated().map { index, start in
      let part = children[start..<min(start + Self.treeCapacity, children.count)]
      // The neighbours lie before and after this one.
      let left = index == 0 ? Self.undefined : Self.long(first + (index - 1) * nodeCount)
      let right = index == starts.count - 1 ? Self.undefined : Self.long(first + (index + 1) * nodeCount)
      var node = "TREE".utf8 + [0, level] + Self.short(part.count)
      node += left + right
      node += Self.long(start == 0 ? 0 : children[start - 1].lastName)
      for child in part { node += Self.long(child.address) + Self.long(child.lastName) }
      node += [UInt8](repeating: 0, count: nodeCount - node.count)
      return (append(node), part.last?.lastName ?? 0)
    }
  }

  private static func header(_ messages: [(type: Int, content: [UInt8])]) -> [UInt8] {
    let list = messages.flatMap { type, content in
      let content = padded(content)
      return short(type) + short(content.count) + [0, 0, 0, 0] + content
    }
    return [1, 0] + short(messages.count) + word(1) + word(list.count) + [0, 0, 0, 0]
      + list
  }
}

// MARK: Messages

extension HDF5Writer {
  private static func dataspace(_ dimensions: [Int]) -> [UInt8] {
    [1, UInt8(dimensions.count), 0, 0, 0, 0, 0, 0] + dimensions.flatMap { long($0) }
  }

  private static func datatype(_ type: NumberType) -> [UInt8] {
    switch type {
    case .float32:
      [0x11, 0x20, 31, 0] + word(4) + [0, 0, 32, 0, 23, 8, 0, 23] + word(127)
    case .int32: [0x10, 0b1000, 0, 0] + word(4) + [0, 0, 32, 0]
    case .uint8: [0x10, 0, 0, 0] + word(1) + [0, 0, 8, 0]
    }
  }

  private func layout(of array: Array) -> [UInt8] {
    let address = array.byteCount == 0 ? Self.undefined : Self.long(arraysStart + array.offset)
    return [3, 1] + address + Self.long(array.byteCount)
  }

  private static func attribute(_ name: String, _ texts: Texts) -> [UInt8] {
    let (values, dimensions): ([String], [Int]) =
      switch texts {
      case .one(let text): ([text], [])
      case .list(let list): (list, [list.count])
      }
    let width = longest(values)
    let isASCII = values.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
    // Filled up with zeros.
    let type = [0x13, isASCII ? 0x01 : 0x11, 0, 0] + word(width)
    let space = dataspace(dimensions)
    let text = values.flatMap { $0.utf8 + [UInt8](repeating: 0, count: width - $0.utf8.count) }
    let sizes = [name.utf8.count + 1, type.count, space.count].flatMap { short($0) }
    return [1, 0] + sizes + padded(name.utf8 + [0]) + type + space + text
  }

  /// How many bytes each text of a list takes.
  static func longest(_ texts: [String]) -> Int { max(1, texts.map(\.utf8.count).max() ?? 0) }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
  }

  private static func long(_ number: Int) -> [UInt8] { littleEndian(UInt64(number)) }
  private static func word(_ number: Int) -> [UInt8] { littleEndian(UInt32(number)) }
  private static func short(_ number: Int) -> [UInt8] { littleEndian(UInt16(number)) }

  private static func littleEndian<Integer: FixedWidthInteger>(_ integer: Integer) -> [UInt8] {
    (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: integer >> (8 * $0)) }
  }
}
