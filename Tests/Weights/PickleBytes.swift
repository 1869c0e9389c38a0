import Foundation

@testable import GraftWeights

/// The bytes of a pickle, written opcode by opcode, for files that Python would not write.
struct PickleBytes {
  private(set) var bytes: [UInt8] = [0x80, 2]

  /// Ends the pickle.
  var stopped: [UInt8] { bytes + Array(".".utf8) }

  /// Opcodes by their letters: `raw("]q\0")`.
  mutating func raw(_ opcodes: String) { bytes += opcodes.unicodeScalars.map { UInt8($0.value) } }

  mutating func global(_ module: String, _ name: String) { raw("c\(module)\n\(name)\n") }

  mutating func integer(_ value: Int) {
    bytes += [0x8a, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  mutating func text(_ text: String) { bytes += Self.head("X", text.utf8.count) + Array(text.utf8) }

  mutating func tuple(_ integers: [Int]) {
    raw("(")
    for value in integers { integer(value) }
    raw("t")
  }

  /// A float32 tensor on a storage of that key and that many elements.
  mutating func tensor(storage: String, count: Int, offset: Int = 0, dimensions: [Int], strides: [Int]) {
    global("torch._utils", "_rebuild_tensor_v2")
    raw("((")
    text("storage")
    global("torch", "FloatStorage")
    text(storage)
    text("cpu")
    integer(count)
    raw("tQ")
    integer(offset)
    tuple(dimensions)
    tuple(strides)
    bytes.append(0x89)
    global("collections", "OrderedDict")
    raw(")RtR")
  }

  /// An opcode with a length of four bytes.
  static func head(_ opcode: Character, _ count: Int) -> [UInt8] {
    [opcode.asciiValue ?? 0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  }

  /// Writes a PyTorch file around a pickle.
  static func write(_ pickle: [UInt8], storages: [String: [Float]], to file: URL) throws {
    var writer = try ZipWriter(at: file)
    try writer.add("a/data.pkl", pickle, UnsafeRawBufferPointer(start: nil, count: 0))
    for (key, numbers) in storages.sorted(by: { $0.key < $1.key }) {
      try numbers.withUnsafeBytes { try writer.add("a/data/\(key)", [], $0) }
    }
    try writer.finish()
  }
}
