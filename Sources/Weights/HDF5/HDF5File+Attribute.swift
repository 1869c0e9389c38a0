import GraftFiles

extension HDF5File {
  /// A small named value of a group or a data set (specification, section IV.A.2.m).
  struct Attribute {
    let name: String
    private let datatype: Cursor
    private let dataspace: Cursor
    private let data: Cursor
    /// Whether its type is one that several objects of the file share.
    private let isShared: Bool

    private init(_ cursor: Cursor) throws(HDF5Error) {
      var cursor = cursor
      let place = cursor.offset
      let version = try cursor.byte()
      guard 1...3 ~= version else {
        throw HDF5Error(.damaged, at: place, "an attribute has version \(version), which does not exist")
      }
      let flags = try cursor.byte()
      isShared = version > 1 && flags & 0b11 != 0
      let (nameCount, datatypeCount, dataspaceCount) = (
        try cursor.short(), try cursor.short(), try cursor.short()
      )
      // Version 3 says whether the name is ASCII or UTF-8; the one is part of the other.
      if version == 3 { try cursor.skip(1) }
      // Version 1 fills up to multiples of eight bytes.
      let alignment = version == 1 ? 8 : 1
      func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
      let text = try cursor.slice(padded(nameCount)).array.prefix { $0 != 0 }
      guard let name = String(validating: text, as: UTF8.self) else {
        throw HDF5Error(.damaged, at: place, "the name of an attribute is not UTF-8")
      }
      self.name = name
      datatype = try cursor.part(padded(datatypeCount))
      dataspace = try cursor.part(padded(dataspaceCount))
      data = cursor
    }
  }
}

// MARK: Finding

extension HDF5File.Attribute {
  /// All attributes of an object.
  static func attributes(
    of header: HDF5File.ObjectHeader, in file: HDF5File
  ) throws(HDF5Error) -> [HDF5File.Attribute] {
    var attributes: [HDF5File.Attribute] = []
    for message in header.messages where message.type == HDF5File.ObjectHeader.MessageType.attribute {
      attributes.append(try HDF5File.Attribute(try message.cursor()))
    }
    if let message = header.message(HDF5File.ObjectHeader.MessageType.attributeInformation) {
      attributes += try denseAttributes(message, in: file)
    }
    return attributes
  }

  /// The attributes that an object with many of them keeps in a heap (specification, section IV.A.2.v).
  private static func denseAttributes(
    _ message: HDF5File.ObjectHeader.Message, in file: HDF5File
  ) throws(HDF5Error) -> [HDF5File.Attribute] {
    var cursor = try message.cursor()
    try cursor.skip(1)
    // The order of creation.
    if try cursor.byte() & 0b1 != 0 { try cursor.skip(2) }
    guard let heapAddress = try cursor.address() else { return [] }
    let tree = try HDF5File.RecordTree(
      at: try cursor.address(of: "the tree of an object's attributes"), of: .attributesByName, in: file)
    var heap = try HDF5File.FractalHeap(at: heapAddress, in: file)
    return try tree.records.map { record throws(HDF5Error) in
      var record = record
      let object = try heap.object(&record, in: file)
      guard try record.byte() & 0b10 == 0 else {
        throw HDF5Error.unsupported(
          at: record.offset, "it shares an attribute with other objects of the file")
      }
      return try HDF5File.Attribute(object)
    }
  }
}

// MARK: Values

extension HDF5File.Attribute {
  /// The only integer in it.
  func integer(in file: HDF5File) throws(HDF5Error) -> Int {
    guard !isShared, case .simple(let dimensions, _) = try HDF5File.Dataspace(dataspace),
      dimensions.allSatisfy({ $0 == 1 }),
      case .number(let format) = try HDF5File.Datatype(datatype), format.byteCount <= data.remaining
    else { throw HDF5Error(.damaged, at: datatype.offset, "it should hold one integer") }
    var cursor = data
    let scalars = StoredScalars(format: format, bytes: try cursor.slice(format.byteCount), part: name)
    guard let integer = try? scalars.integers().first else {
      throw HDF5Error(.damaged, at: data.offset, "it holds \(format.name), and one integer is wanted")
    }
    return integer
  }

  /// The texts in their order; one if the value is a single text.
  ///
  /// No values are no texts, whatever their type: an empty list is often stored as one of numbers.
  func strings(in file: HDF5File) throws(HDF5Error) -> [String] {
    guard !isShared else {
      throw HDF5Error.unsupported(at: datatype.offset, "it shares its type with other objects")
    }
    guard case .simple(let dimensions, _) = try HDF5File.Dataspace(dataspace), !dimensions.contains(0) else {
      return []
    }
    let type = try HDF5File.Datatype(datatype)
    guard let byteCount = StoredScalars.byteCount(of: dimensions, scalarByteCount: type.byteCount),
      byteCount <= data.remaining
    else {
      throw HDF5Error(
        .damaged, at: data.offset,
        "it claims \(dimensions) values of \(type.byteCount) bytes, and has \(data.remaining) bytes")
    }
    var cursor = data
    var strings: [String] = []
    for _ in 0..<byteCount / type.byteCount {
      switch type {
      case .number, .opaque, .unread:
        throw HDF5Error(.damaged, at: datatype.offset, "it holds \(type.name), and text is wanted")
      case .fixedText(let count, let isSpacePadded):
        strings.append(try Self.text(in: try cursor.part(count), isSpacePadded: isSpacePadded))
      case .variableText: strings.append(try Self.variableText(&cursor, in: file))
      }
    }
    return strings
  }

  private static func text(in cursor: HDF5File.Cursor, isSpacePadded: Bool) throws(HDF5Error) -> String {
    var characters = try cursor.rest.array.prefix { $0 != 0 }
    if isSpacePadded { while characters.last == UInt8(ascii: " ") { characters.removeLast() } }
    guard let text = String(validating: characters, as: UTF8.self) else {
      throw HDF5Error(.damaged, at: cursor.offset, "a text in it is not UTF-8")
    }
    return text
  }

  private static func variableText(
    _ cursor: inout HDF5File.Cursor, in file: HDF5File
  ) throws(HDF5Error) -> String {
    let count = try cursor.word()
    let place = cursor.offset
    let address = try cursor.address()
    let index = try cursor.word()
    guard count > 0 else { return "" }
    guard let address else {
      throw HDF5Error(.damaged, at: place, "a text of \(count) bytes in it has no address")
    }
    var object = try file.heapObject(index, ofCollectionAt: address)
    return try text(in: try object.part(count), isSpacePadded: false)
  }
}
