extension HDF5File {
  /// What one value of a data set or an attribute is (specification, section IV.A.2.d).
  enum Datatype {
    case number(StoredScalars.Format)
    /// Text of a fixed number of bytes, filled up with zeros or with spaces.
    case fixedText(byteCount: Int, isSpacePadded: Bool)
    /// A reference to text in the global heap.
    case variableText
    /// Bytes that have a meaning to those only who wrote them.
    case opaque(byteCount: Int)

    /// How many bytes one value takes where it is stored.
    var byteCount: Int {
      switch self {
      case .number(let format): format.byteCount
      case .fixedText(let byteCount, _), .opaque(let byteCount): byteCount
      case .variableText: 16
      }
    }

    /// For people.
    var name: String {
      switch self {
      case .number(let format): format.name
      case .fixedText, .variableText: "text"
      case .opaque: "opaque bytes"
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
      case 0: self = .number(try Self.integer(&cursor, flags: flags, byteCount: byteCount, at: place))
      case 1: self = .number(try Self.floatingPoint(&cursor, flags: flags, byteCount: byteCount, at: place))
      case 5: self = .opaque(byteCount: byteCount)
      case 3: self = .fixedText(byteCount: byteCount, isSpacePadded: flags & 0xf == 2)
      case 9 where flags & 0xf == 1 && byteCount == 16: self = .variableText
      case let number:
        throw HDF5Error.unsupported(
          at: place, "its values are \(Self.className(number)), and Graft reads plain numbers and text")
      }
    }
  }
}

// MARK: Numbers

extension HDF5File.Datatype {
  private static func integer(
    _ cursor: inout HDF5File.Cursor, flags: Int, byteCount: Int, at place: Int
  ) throws(HDF5Error) -> StoredScalars.Format {
    let (bitOffset, precision) = (try cursor.short(), try cursor.short())
    guard [1, 2, 4, 8].contains(byteCount), bitOffset == 0, precision == 8 * byteCount else {
      throw HDF5Error.unsupported(
        at: place,
        "its integers have \(precision) bits in \(byteCount) bytes, and Graft reads whole bytes, at most 8")
    }
    let kind: StoredScalars.Format.Kind = flags & 0b1000 != 0 ? .signedInteger : .unsignedInteger
    return StoredScalars.Format(kind: kind, byteCount: byteCount, isBigEndian: flags & 0b1 != 0)
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
    _ cursor: inout HDF5File.Cursor, flags: Int, byteCount: Int, at place: Int
  ) throws(HDF5Error) -> StoredScalars.Format {
    let layout = try FloatingPointLayout(&cursor, flags: flags)
    // The leading one of the mantissa is implied (2), and bytes are not in the order of the VAX (bit 6).
    guard layout == FloatingPointLayout(byteCount: byteCount), flags >> 4 & 0b11 == 2, flags & 0b100_0000 == 0
    else {
      throw HDF5Error.unsupported(
        at: place,
        "its floating-point numbers of \(byteCount) bytes are not the half, single or double precision of IEEE 754"
      )
    }
    return StoredScalars.Format(kind: .floatingPoint, byteCount: byteCount, isBigEndian: flags & 0b1 != 0)
  }

  private static func className(_ number: Int) -> String {
    let names = [
      2: "times", 4: "bit fields", 6: "records of several fields", 7: "references",
      8: "enumerations",
      9: "lists of variable length", 10: "arrays",
    ]
    return names[number] ?? "of the unknown class \(number)"
  }
}
