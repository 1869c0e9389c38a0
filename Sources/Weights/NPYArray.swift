import Foundation
import GraftFiles
import GraftTensor

/// An array of NumPy's npy format, from a file of its own or a member of an ``NPZFile``.
///
/// Numbers of one, two, four or eight bytes are read in either byte order and in either order of the axes, and so is
/// fixed-width text. Object arrays are refused, as they hold other arrays: open such a file as ``NPYFile``.
public struct NPYArray: Sendable {
  /// The lengths of the axes, outermost first.
  public let shape: Tensor.Shape
  /// NumPy's name of the element type: `<f4` is a float32 stored least significant byte first.
  public let descriptor: String
  private let content: Content
  private let isColumnMajor: Bool
  private let payload: Bytes
  private let part: String

  private enum Content {
    case numbers(StoredScalars)
    case text(characterCount: Int, isBigEndian: Bool)
  }

  /// Maps a `.npy` file.
  ///
  /// - Throws: `FileError` or ``WeightFileError``.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    let signature = FileSignature(bytes)
    guard signature == .npy else { throw signature.error(bytes.file, wanted: "an npy file") }
    try self.init(bytes, header: NPYHeader(bytes, part: "header"), part: "array")
  }

  /// Reads an array from the bytes of its file.
  init(_ bytes: Bytes, header: NPYHeader, part: String) throws {
    let element = try Self.element(header.descriptor, file: bytes.file, part: part)
    guard let byteCount = StoredScalars.byteCount(of: header.dimensions, scalarByteCount: element.byteCount),
      let payload = bytes.slice(from: header.byteCount, count: byteCount),
      header.byteCount + byteCount == bytes.count
    else {
      let dimensions = header.dimensions.map(String.init).joined(separator: "×")
      let problem =
        "its header announces \(dimensions) elements of \(element.byteCount) bytes, "
        + "and \(bytes.count - header.byteCount) bytes follow"
      throw WeightFileError(.damaged, bytes.file, part: part, problem)
    }
    shape = Tensor.Shape(header.dimensions)
    descriptor = header.descriptor
    isColumnMajor = header.isColumnMajor
    self.payload = payload
    self.part = part
    switch element {
    case .number(let format): content = .numbers(StoredScalars(format: format, bytes: payload, part: part))
    case .text(let count, let isBigEndian): content = .text(characterCount: count, isBigEndian: isBigEndian)
    }
  }

  /// How many bytes a whole array has that begins with this header; nil if that overflows.
  static func byteCount(_ header: NPYHeader, file: URL, part: String) throws -> Int? {
    let element = try element(header.descriptor, file: file, part: part)
    return StoredScalars.byteCount(of: header.dimensions, scalarByteCount: element.byteCount)
      .map { $0.addingReportingOverflow(header.byteCount) }
      .flatMap { $0.overflow ? nil : $0.partialValue }
  }
}

// MARK: Element types

extension NPYArray {
  /// NumPy's name of the element type: `float32`, `int64`, `str`.
  var elementType: String { Self.elementType(descriptor: descriptor) }

  /// The name of a described element type: `float32` for `<f4`. One that is not read keeps its description.
  static func elementType(descriptor: String) -> String {
    switch element(descriptor) {
    case .number(let format): format.name
    case .text: "str"
    case nil: descriptor
    }
  }

  private enum Element {
    case number(StoredScalars.Format)
    case text(characterCount: Int, isBigEndian: Bool)

    var byteCount: Int {
      switch self {
      case .number(let format): format.byteCount
      case .text(let characterCount, _): 4 * characterCount
      }
    }
  }

  private static func element(_ descriptor: String, file: URL, part: String) throws -> Element {
    if let element = element(descriptor) { return element }
    if NPYHeader.isOfObjects(descriptor) {
      throw WeightFileError(
        .unsupported, file, part: part,
        "it is an object array, which holds other arrays and no numbers of its own",
        remedy: "Open the file as a weight file, which finds the arrays in it.")
    }
    throw WeightFileError(
      .unsupported, file, part: part, "its element type \(descriptor) is not one that Graft reads")
  }

  /// Nil for types that are not read.
  private static func element(_ descriptor: String) -> Element? {
    let isBigEndian = descriptor.first == ">"
    let code = descriptor.trimmingPrefix { "<>|=".contains($0) }
    let size = Int(code.dropFirst())
    let sizes = [1, 2, 4, 8]
    switch (code.first, size) {
    case ("b", 1): return .number(.init(kind: .boolean, byteCount: 1))
    case ("i", let size?) where sizes.contains(size):
      return .number(.init(kind: .signedInteger, byteCount: size, isBigEndian: isBigEndian))
    case ("u", let size?) where sizes.contains(size):
      return .number(.init(kind: .unsignedInteger, byteCount: size, isBigEndian: isBigEndian))
    case ("f", let size?) where sizes.dropFirst().contains(size):
      return .number(.init(kind: .floatingPoint, byteCount: size, isBigEndian: isBigEndian))
    case ("U", let size?) where (1...Int(UInt16.max)).contains(size):
      return .text(characterCount: size, isBigEndian: isBigEndian)
    default: return nil
    }
  }
}

// MARK: Values

extension NPYArray {
  /// The numbers as a float32 tensor.
  ///
  /// Longer floating-point numbers are rounded; integers must fit exactly. The tensor reads the file's memory in place
  /// where that holds float32 numbers in row-major order.
  ///
  /// - Throws: ``WeightFileError`` if an integer does not fit, or these are no numbers.
  public func tensor() throws -> Tensor {
    let numbers = try numbers
    return isColumnMajor
      ? Tensor(shape: shape, scalars: rowMajor(try numbers.floats())) : try numbers.tensor(shape: shape)
  }

  /// The numbers as float64, in row-major order.
  ///
  /// - Throws: ``WeightFileError`` if an integer does not fit exactly, or these are no numbers.
  public var doubles: [Double] { get throws { rowMajor(try numbers.doubles()) } }

  /// The integers, in row-major order; false and true are 0 and 1.
  ///
  /// - Throws: ``WeightFileError`` if these are no integers.
  public var integers: [Int] { get throws { rowMajor(try numbers.integers()) } }

  /// The numbers of an array of uint8 or bool, in row-major order.
  ///
  /// - Throws: ``WeightFileError`` for any other element type.
  public var bytes: [UInt8] {
    get throws {
      let format = try numbers.format
      guard format.kind == .boolean || format.kind == .unsignedInteger, format.byteCount == 1 else {
        throw WeightFileError(
          .unsupported, payload.file, part: part, "its numbers are \(format.name), and uint8 is wanted",
          remedy: "Save it as uint8.")
      }
      return rowMajor(payload.array)
    }
  }

  /// The texts of an array of fixed-width Unicode text (`<U12`), in row-major order.
  ///
  /// - Throws: ``WeightFileError`` for any other element type, and for numbers that are no characters.
  public var strings: [String] {
    get throws {
      guard case .text(let characterCount, let isBigEndian) = content else {
        throw WeightFileError(
          .unsupported, payload.file, part: part, "it holds \(descriptor), and text is wanted",
          remedy: "Save it as an array of text.")
      }
      let strings = try (0..<shape.scalarCount).map { index in
        try string(at: 4 * characterCount * index, characterCount: characterCount, isBigEndian: isBigEndian)
      }
      return rowMajor(strings)
    }
  }

  private var numbers: StoredScalars {
    get throws {
      guard case .numbers(let numbers) = content else {
        throw WeightFileError(
          .unsupported, payload.file, part: part,
          "it is an array of text (\(descriptor)), and numbers are wanted",
          remedy: "Save it as numbers, or leave it out.")
      }
      return numbers
    }
  }

  private func string(at offset: Int, characterCount: Int, isBigEndian: Bool) throws -> String {
    var scalars = String.UnicodeScalarView()
    for index in 0..<characterCount {
      let stored = payload.littleEndian(UInt32.self, at: offset + 4 * index) ?? 0
      guard let scalar = Unicode.Scalar(isBigEndian ? stored.byteSwapped : stored) else {
        throw WeightFileError(
          .damaged, payload.file, part: part, "\(stored) is not the number of a character")
      }
      scalars.append(scalar)
    }
    // NumPy pads shorter texts with zeros.
    while scalars.last == "\0" { scalars.removeLast() }
    return String(scalars)
  }

  private func rowMajor<Value>(_ values: [Value]) -> [Value] {
    guard isColumnMajor, shape.rank > 1 else { return values }
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in 1..<shape.rank { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    return StridedOrder(dimensions: shape.dimensions, strides: strides).rowMajor(values)
  }
}
