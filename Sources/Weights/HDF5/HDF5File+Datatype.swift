import GraftFiles

extension HDF5File {
  /// What one value of a data set or an attribute is (specification, section IV.A.2.d).
  enum Datatype {
    case number(StoredScalars.Format)
    /// Text of a fixed number of bytes, filled up with zeros or with spaces.
    case fixedText(byteCount: Int, isSpacePadded: Bool)
    /// A reference to text in the global heap.
    case variableText
    /// Bytes that have a meaning only to the program that wrote them.
    case opaque(byteCount: Int)
    /// Values that Graft does not read.
    ///
    /// - Parameters:
    ///   - name: for people.
    ///   - problem: what is wrong with them, without a full stop.
    case unread(name: String, byteCount: Int, problem: String)

    /// How many bytes one value takes where it is stored.
    var byteCount: Int {
      switch self {
      case .number(let format): format.byteCount
      case .fixedText(let byteCount, _), .opaque(let byteCount), .unread(_, let byteCount, _): byteCount
      case .variableText: 16
      }
    }

    /// For people.
    var name: String {
      switch self {
      case .number(let format): format.name
      case .fixedText, .variableText: "text"
      case .opaque: "opaque bytes"
      case .unread(let name, _, _): name
      }
    }

    init(_ cursor: Cursor) throws(HDF5Error) {
      var cursor = cursor
      let place = cursor.offset
      let classAndVersion = try cursor.byte()
      let version = classAndVersion >> 4
      guard 1...3 ~= version else {
        throw HDF5Error(.damaged, at: place, "its number type has version \(version), which does not exist")
      }
      let flags = try cursor.byte() | cursor.short() << 8
      let byteCount = try cursor.word()
      guard byteCount > 0 else { throw HDF5Error(.damaged, at: place, "its values claim to have no bytes") }
      switch classAndVersion & 0xf {
      case 0: self = try Self.integer(&cursor, flags: flags, byteCount: byteCount)
      case 1: self = try Self.floatingPoint(&cursor, flags: flags, byteCount: byteCount)
      case 5: self = .opaque(byteCount: byteCount)
      case 3: self = .fixedText(byteCount: byteCount, isSpacePadded: flags & 0xf == 2)
      case 8:
        self = try Self.enumeration(
          &cursor, memberCount: flags & 0xffff, byteCount: byteCount, isPadded: version < 3)
      case 9 where flags & 0xf == 1 && byteCount == 16: self = .variableText
      case let number:
        let name = Self.className(number)
        self = .unread(
          name: name, byteCount: byteCount,
          problem: "its values are \(name), and Graft reads plain numbers and text")
      }
    }
  }
}

// MARK: Enumerations

extension HDF5File.Datatype {
  /// Names for some integers (specification, section IV.A.2.d, class 8): the integers themselves are read. What h5py
  /// writes for truth values is an enumeration of FALSE and TRUE.
  private static func enumeration(
    _ cursor: inout HDF5File.Cursor, memberCount: Int, byteCount: Int, isPadded: Bool
  ) throws(HDF5Error) -> HDF5File.Datatype {
    let place = cursor.offset
    // Only integers can be enumerated, so nothing nests here.
    guard try cursor.byte() & 0xf == 0 else {
      throw HDF5Error(.damaged, at: place, "it enumerates values that are no integers")
    }
    let flags = try cursor.byte() | cursor.short() << 8
    guard try cursor.word() == byteCount else {
      throw HDF5Error(.damaged, at: place, "its enumeration is of integers of another size than its values")
    }
    let type = try integer(&cursor, flags: flags, byteCount: byteCount)
    guard byteCount == 1, memberCount == 2, case .number = type else { return type }
    var names: [String] = []
    for _ in 0..<memberCount { names.append(try memberName(&cursor, isPadded: isPadded)) }
    let values = try (cursor.byte(), cursor.byte())
    guard names == ["FALSE", "TRUE"] && values == (0, 1) || names == ["TRUE", "FALSE"] && values == (1, 0)
    else { return type }
    return .number(StoredScalars.Format(kind: .boolean, byteCount: 1))
  }

  /// A name that ends with a zero byte, in versions 1 and 2 filled up to a multiple of eight bytes.
  private static func memberName(
    _ cursor: inout HDF5File.Cursor, isPadded: Bool
  ) throws(HDF5Error) -> String {
    let characters = try cursor.rest.array.prefix { $0 != 0 }
    let count = characters.count + 1
    try cursor.skip(isPadded ? (count + 7) / 8 * 8 : count)
    return String(decoding: characters, as: UTF8.self)
  }
}

// MARK: Numbers

extension HDF5File.Datatype {
  private static func integer(
    _ cursor: inout HDF5File.Cursor, flags: Int, byteCount: Int
  ) throws(HDF5Error) -> HDF5File.Datatype {
    let (bitOffset, precision) = (try cursor.short(), try cursor.short())
    guard [1, 2, 4, 8].contains(byteCount), bitOffset == 0, precision == 8 * byteCount else {
      return .unread(
        name: "int\(precision)", byteCount: byteCount,
        problem:
          "its integers have \(precision) bits in \(byteCount) bytes, and Graft reads whole bytes, at most 8")
    }
    let kind: StoredScalars.Format.Kind = flags & 0b1000 != 0 ? .signedInteger : .unsignedInteger
    return .number(StoredScalars.Format(kind: kind, byteCount: byteCount, isBigEndian: flags & 0b1 != 0))
  }

  /// The parts of a number of IEEE 754, as the format describes them.
  private struct FloatingPointLayout: Equatable {
    let signLocation: Int
    let bitOffset: Int
    let precision: Int
    let exponentLocation: Int
    let exponentSize: Int
    let mantissaLocation: Int
    let mantissaSize: Int
    let exponentBias: Int

    init(_ cursor: inout HDF5File.Cursor, flags: Int) throws(HDF5Error) {
      signLocation = flags >> 8 & 0xff
      (bitOffset, precision) = (try cursor.short(), try cursor.short())
      (exponentLocation, exponentSize) = (try cursor.byte(), try cursor.byte())
      (mantissaLocation, mantissaSize) = (try cursor.byte(), try cursor.byte())
      exponentBias = try cursor.word()
    }

    init?(byteCount: Int) {
      let sizes: [Int: (exponent: Int, mantissa: Int)] = [2: (5, 10), 4: (8, 23), 8: (11, 52)]
      guard let sizes = sizes[byteCount] else { return nil }
      (exponentSize, mantissaSize) = sizes
      (bitOffset, mantissaLocation) = (0, 0)
      precision = 8 * byteCount
      signLocation = precision - 1
      exponentLocation = mantissaSize
      exponentBias = 1 << (exponentSize - 1) - 1
    }
  }

  private static func floatingPoint(
    _ cursor: inout HDF5File.Cursor, flags: Int, byteCount: Int
  ) throws(HDF5Error) -> HDF5File.Datatype {
    let layout = try FloatingPointLayout(&cursor, flags: flags)
    // The leading one of the mantissa is implied (2), and bytes are not in the order of the VAX (bit 6).
    guard layout == FloatingPointLayout(byteCount: byteCount), flags >> 4 & 0b11 == 2, flags & 0b100_0000 == 0
    else {
      return .unread(
        name: "float\(layout.precision) of another form", byteCount: byteCount,
        problem:
          "its floating-point numbers of \(byteCount) bytes are not the half, single or double precision of IEEE 754"
      )
    }
    return .number(
      StoredScalars.Format(kind: .floatingPoint, byteCount: byteCount, isBigEndian: flags & 0b1 != 0))
  }

  private static func className(_ number: Int) -> String {
    let names = [
      2: "times", 4: "bit fields", 6: "records of several fields", 7: "references",
      9: "lists of variable length", 10: "arrays",
    ]
    return names[number] ?? "of the unknown class \(number)"
  }
}
