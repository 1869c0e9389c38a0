import Foundation
import GraftFiles
import GraftTensor

extension NPZFile {
  /// What can be written as an array.
  public enum Content: Sendable {
    /// Numbers: float32, int32 or uint8 as they are, bfloat16 as float32.
    case tensor(Tensor)
    /// A row of texts, stored as NumPy's fixed-width Unicode.
    case strings([String])
  }

  /// Writes a file that NumPy opens: stored members, each with its CRC-32. The same input gives the same bytes.
  ///
  /// ```swift
  /// try NPZFile.write([("features", .tensor(features)), ("names", .strings(names))], to: file)
  /// ```
  ///
  /// - Parameters:
  ///   - arrays: no two of one name.
  ///   - destination: the file.
  ///   - comment: what the zip file says of itself, such as which program made it; nothing by default.
  /// - Throws: `FileError`; what lay at `destination` before is then still there.
  public static func write(
    _ arrays: [(name: String, content: Content)], to destination: URL, comment: String = ""
  ) throws {
    require(
      Set(arrays.map(\.name)).count == arrays.count,
      "Two arrays of one name cannot go into one npz file: \(arrays.map(\.name)).")
    var writer = try ZipWriter(at: destination)
    for (name, content) in arrays {
      switch content {
      case .tensor(let tensor):
        let (descriptor, tensor) = stored(tensor)
        let header = NPYHeader.text(descriptor: descriptor, dimensions: tensor.shape.dimensions)
        try unsafe tensor.withUnsafeBytes { try unsafe writer.add(name + suffix, header, $0) }
      case .strings(let strings):
        let width = max(1, strings.map(\.unicodeScalars.count).max() ?? 0)
        let header = NPYHeader.text(descriptor: "<U\(width)", dimensions: [strings.count])
        let characters = strings.flatMap { string in
          let scalars = string.unicodeScalars.map(\.value.littleEndian)
          return scalars + [UInt32](repeating: 0, count: width - scalars.count)
        }
        try unsafe characters.withUnsafeBytes { try unsafe writer.add(name + suffix, header, $0) }
      }
    }
    try writer.finish(comment: comment)
  }

  /// What a zip file says of itself; nil if it is no zip file, or a damaged one.
  public static func comment(of bytes: Bytes) -> String? {
    guard FileSignature(bytes) == .npz, let end = try? ZipArchive.endRecord(of: bytes) else { return nil }
    return bytes.slice(from: end + 22, count: bytes.count - end - 22)?.text
  }

  private static func stored(_ tensor: Tensor) -> (descriptor: String, tensor: Tensor) {
    switch tensor.scalarType {
    case .float32: ("<f4", tensor)
    case .bfloat16: ("<f4", tensor.converted(to: .float32))
    case .int32: ("<i4", tensor)
    case .uint8: ("|u1", tensor)
    }
  }
}

extension NPYHeader {
  /// A head of version 1, padded so that the numbers begin at a multiple of 64 bytes.
  fileprivate static func text(descriptor: String, dimensions: [Int]) -> [UInt8] {
    // A tuple of one element needs its comma.
    let shape = dimensions.map(String.init).joined(separator: ", ") + (dimensions.count == 1 ? "," : "")
    let dictionary = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(shape)), }"
    let unpadded = magic.count + 4 + dictionary.utf8.count + 1
    let padding = (64 - unpadded % 64) % 64
    let textCount = UInt16(dictionary.utf8.count + padding + 1)
    return magic + [1, 0, UInt8(textCount & 0xff), UInt8(textCount >> 8)]
      + Array((dictionary + String(repeating: " ", count: padding) + "\n").utf8)
  }
}
