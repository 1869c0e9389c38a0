import GraftFiles

/// The arrays in an object array of NumPy, which is a Python pickle: dictionaries and lists of arrays, as
/// caffe-tensorflow and others saved the weights of networks.
///
/// The pickle is read without running anything: see ``PickleReader``. An array's name is made of the keys on the way to
/// it, and of its numbers in lists, joined by slashes: `conv1/weights`, `pnet/0`.
struct NPYObjects: Sendable {
  /// In the order of the pickle, each once.
  let names: [String]
  private let arrays: [String: Pickle.NumPyArray]
  private let bytes: Bytes

  /// Reads the pickle of an array, and none of the numbers.
  ///
  /// - Parameters:
  ///   - bytes: the whole array, with its header.
  ///   - part: its name, for messages.
  /// - Throws: ``WeightFileError``.
  init(_ bytes: Bytes, header: NPYHeader, part: String) throws {
    let pickle = try PickleReader.pickle(bytes, at: header.byteCount, part: part)
    let leaves = try pickle.leaves(in: pickle.root, separator: "/", ownName: NPYFile.unnamed)
    var limit = RepetitionLimit(bytes)
    var arrays: [String: Pickle.NumPyArray] = [:]
    var names: [String] = []
    for leaf in leaves.found {
      guard case .array(let array) = pickle.objects[leaf.object] else { continue }
      guard StoredScalars.byteCount(of: array.dimensions, scalarByteCount: 1) != nil else {
        throw WeightFileError(
          .damaged, bytes.file, part: leaf.name, "its shape \(array.dimensions) has more elements than can be"
        )
      }
      switch array.content {
      case .text(let content), .bytes(let content), .bytesAsText(let content):
        try limit.count(content.count, of: leaf.name)
      default: throw WeightFileError(.damaged, bytes.file, part: leaf.name, "it has no numbers")
      }
      names.append(leaf.name)
      arrays[leaf.name] = array
    }
    guard !names.isEmpty else {
      throw WeightFileError(
        .unsupported, bytes.file, part: part, "it is an object array, and there is no array of numbers in it",
        remedy: "In Python, save each array by itself: numpy.savez(\"weights.npz\", **arrays).")
    }
    self.bytes = bytes
    self.names = names
    self.arrays = arrays
  }

  /// The lengths of an array's axes; nil for an unknown name.
  func dimensions(of name: String) -> [Int]? { arrays[name]?.dimensions }

  /// The element type of an array, as NumPy describes it; nil for an unknown name.
  func descriptor(of name: String) -> String? { arrays[name]?.elementType.descriptor }

  /// Reads one array; nil for an unknown name.
  ///
  /// - Throws: ``WeightFileError`` if it is damaged.
  func array(named name: String) throws -> NPYArray? {
    guard let array = arrays[name] else { return nil }
    let header = NPYHeader(
      descriptor: array.elementType.descriptor, dimensions: array.dimensions,
      isColumnMajor: array.isColumnMajor)
    return try NPYArray(content(of: array, name: name), header: header, part: name)
  }

  private func content(of array: Pickle.NumPyArray, name: String) throws -> Bytes {
    switch array.content {
    case .text(let content), .bytes(let content): return content
    case .bytesAsText(let text):
      // Every character stands for the byte of its number.
      let scalars = text.text?.unicodeScalars
      guard let scalars, scalars.allSatisfy({ $0.value <= 0xff }) else {
        throw WeightFileError(.damaged, bytes.file, part: name, "its text does not stand for bytes")
      }
      return Bytes(scalars.map { UInt8(truncatingIfNeeded: $0.value) }, file: bytes.file)
    default: throw WeightFileError(.damaged, bytes.file, part: name, "it has no numbers")
    }
  }
}
