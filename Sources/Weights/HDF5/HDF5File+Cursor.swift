import GraftFiles

extension HDF5File {
  /// A place in a part of the file, from which numbers are read one after the other.
  ///
  /// Numbers are stored least significant byte first; lengths and addresses have eight bytes. Addresses count from the
  /// superblock.
  struct Cursor {
    private let bytes: Bytes
    private let start: Int
    private var position = 0

    /// Begins at the first of `bytes`, which lie at `offset` in the file.
    init(_ bytes: Bytes, at offset: Int) {
      self.bytes = bytes
      start = offset
    }

    /// Where the next number lies in the file.
    var offset: Int { start + position }
    /// How many bytes there are after this place.
    var remaining: Int { bytes.count - position }
    /// All bytes after this place.
    var rest: Bytes {
      get throws(HDF5Error) {
        var copy = self
        return try copy.slice(remaining)
      }
    }

    mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(HDF5Error) -> Integer {
      guard let value = bytes.littleEndian(type, at: position) else { throw cutOff }
      position += MemoryLayout<Integer>.size
      return value
    }

    /// An unsigned integer of one to eight bytes.
    mutating func integer(byteCount: Int) throws(HDF5Error) -> Int {
      let place = offset
      var value: UInt64 = 0
      for index in 0..<byteCount { value |= UInt64(try integer(UInt8.self)) << UInt64(8 * index) }
      guard byteCount <= 8, let integer = Int(exactly: value) else {
        throw HDF5Error(.damaged, at: place, "it claims a number of \(value)")
      }
      return integer
    }

    mutating func byte() throws(HDF5Error) -> Int { Int(try integer(UInt8.self)) }
    mutating func short() throws(HDF5Error) -> Int { Int(try integer(UInt16.self)) }
    mutating func word() throws(HDF5Error) -> Int { Int(try integer(UInt32.self)) }

    /// A length or a count of eight bytes.
    mutating func length() throws(HDF5Error) -> Int {
      let place = offset
      let value = try integer(UInt64.self)
      guard let length = Int(exactly: value) else {
        throw HDF5Error(.damaged, at: place, "it claims a length of \(value)")
      }
      return length
    }

    /// An address; nil where it is undefined, that is, all ones.
    mutating func address() throws(HDF5Error) -> Int? {
      let place = offset
      let value = try integer(UInt64.self)
      guard value != .max else { return nil }
      guard let address = Int(exactly: value) else {
        throw HDF5Error(.damaged, at: place, "it refers to byte \(value), far past the end of the file")
      }
      return address
    }

    /// An address that the format does not allow to be undefined here.
    mutating func address(of what: String) throws(HDF5Error) -> Int {
      let place = offset
      guard let address = try address() else {
        throw HDF5Error(.damaged, at: place, "the address of \(what) is missing")
      }
      return address
    }

    mutating func skip(_ count: Int) throws(HDF5Error) { _ = try slice(count) }

    /// The next bytes.
    mutating func slice(_ count: Int) throws(HDF5Error) -> Bytes {
      guard let slice = bytes.slice(from: position, count: count) else { throw cutOff }
      position += count
      return slice
    }

    /// The next bytes, to be read by themselves.
    mutating func part(_ count: Int) throws(HDF5Error) -> Cursor {
      let place = offset
      return Cursor(try slice(count), at: place)
    }

    /// The four letters that a structure begins with.
    mutating func expect(_ signature: String, _ what: String) throws(HDF5Error) {
      let place = offset
      guard try slice(signature.utf8.count).starts(with: Array(signature.utf8)) else {
        throw HDF5Error(.damaged, at: place, "\(what) should begin here with \(signature), and does not")
      }
    }

    private var cutOff: HDF5Error {
      HDF5Error(.damaged, at: offset, "what is described here ends too early, or claims more than there is")
    }
  }
}
