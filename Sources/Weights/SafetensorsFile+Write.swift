import Foundation
import GraftFiles
import GraftTensor

extension SafetensorsFile {
  /// Writes a file: the tensors in the order given, the header's metadata sorted by key. The same input gives the same
  /// bytes.
  ///
  /// float32, bfloat16, int32 and uint8 are written as they are.
  ///
  /// - Parameters:
  ///   - tensors: no two of one name, none called `__metadata__`.
  ///   - metadata: texts to travel with them.
  /// - Throws: `FileError`; what lay at `destination` before is then still there.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to destination: URL
  ) throws {
    let names = Set(tensors.map(\.name))
    require(
      names.count == tensors.count && !names.contains(SafetensorsHeader.metadataName),
      "Names of tensors must differ from each other and from \(SafetensorsHeader.metadataName).")
    let header = Array(SafetensorsHeader.text(tensors, metadata).utf8)
    require(
      header.count <= SafetensorsHeader.longestText,
      "A safetensors header must not be longer than \(SafetensorsHeader.longestText) bytes: shorten the metadata."
    )
    let file = try AtomicFile(at: destination)
    try file.write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
    try file.write(header)
    for (_, tensor) in tensors {
      try unsafe tensor.withUnsafeBytes { try unsafe file.write($0) }
    }
    try file.commit()
  }
}

extension SafetensorsHeader {
  /// The JSON, padded with spaces to a multiple of eight bytes so that the data is aligned.
  fileprivate static func text(_ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String])
    -> String
  {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(metadataName)):{\(texts.joined(separator: ","))}")
    }
    var start = 0
    for (name, tensor) in tensors {
      let end = start + tensor.scalarCount * tensor.scalarType.byteCount
      let type = ElementType(tensor.scalarType).rawValue
      let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
      start = end
    }
    let text = "{\(members.joined(separator: ","))}"
    return text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension SafetensorsHeader.ElementType {
  fileprivate init(_ scalarType: ScalarType) {
    switch scalarType {
    case .float32: self = .float32
    case .bfloat16: self = .bfloat16
    case .int32: self = .int32
    case .uint8: self = .uint8
    }
  }
}
