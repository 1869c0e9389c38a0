import Foundation
import GraftFiles
import GraftTensor

/// A network whose encoder is in another file of the same folder, so that several heads on one encoder do not each repeat it.
///
/// The head's file names the encoder's file in its metadata (``ModelCard/encoderFile``), and both give the encoder's digest there.
/// The encoder's file holds a network, of which the tensors below `encoder` are taken, or an encoder alone.
struct LinkedWeightFile: WeightFile {
  static let prefix = "encoder."

  let names: [String]
  private let head: SafetensorsFile
  private let encoder: SafetensorsFile
  /// The names of the encoder's tensors in its own file, by their names here.
  private let namesInEncoder: [String: String]

  /// Joins a file with the one that it names.
  ///
  /// - Throws: ``WeightFileError`` if that file cannot be read, is in another folder or holds another encoder.
  init(_ head: SafetensorsFile, encoderFile name: String) throws {
    let remedy =
      "Bring the two files together again, or write networks whole before you move them (inspect-weights --convert)."
    func error(_ problem: String) -> WeightFileError {
      WeightFileError(.damaged, head.file, part: ModelCard.encoderFileKey, problem, remedy: remedy)
    }
    // A path could lead out of the folder.
    guard !name.isEmpty, !name.contains("/"), name != ".", name != "..", name != head.file.lastPathComponent
    else {
      throw error("\"\(name.printable)\" is not the name of another file in the same folder")
    }
    let place = head.file.deletingLastPathComponent().appendingPathComponent(name)
    let encoder: SafetensorsFile
    do {
      encoder = try SafetensorsFile(contentsOf: place)
    } catch is FileError {
      throw error(
        "its encoder is in \(name.printable), and there is no such file beside it that can be read")
    }
    let (own, other) = (ModelCard(metadata: head.metadata), ModelCard(metadata: encoder.metadata))
    guard other.encoderFile == nil, let digest = own.encoderDigest, digest == other.encoderDigest else {
      throw error(
        "\(name.printable) beside it holds a different encoder from the one that this head was trained on")
    }
    let below = encoder.names.filter { $0.hasPrefix(Self.prefix) }
    let shared = below.isEmpty ? encoder.names : below
    guard !shared.isEmpty, !head.names.contains(where: { $0.hasPrefix(Self.prefix) }) else {
      throw error("the encoder is in both files, or in neither")
    }
    self.head = head
    self.encoder = encoder
    namesInEncoder = Dictionary(
      shared.map { (below.isEmpty ? Self.prefix + $0 : $0, $0) }, uniquingKeysWith: { first, _ in first })
    names = shared.map { below.isEmpty ? Self.prefix + $0 : $0 } + head.names
  }

  var file: URL { head.file }
  var format: String { head.format }
  /// Without the name of the other file: a file that is written from this one has everything in it.
  var metadata: [String: String] { head.metadata.filter { $0.key != ModelCard.encoderFileKey } }
  var notes: [String] { ["The encoder is in \(encoder.file.lastPathComponent) beside it."] }

  /// The file that has a tensor, and its name there.
  private func place(of name: String) -> (file: SafetensorsFile, name: String) {
    namesInEncoder[name].map { (encoder, $0) } ?? (head, name)
  }

  func shape(of name: String) -> Tensor.Shape? {
    let place = place(of: name)
    return place.file.shape(of: place.name)
  }

  func storedType(of name: String) -> String? {
    let place = place(of: name)
    return place.file.storedType(of: place.name)
  }

  func tensor(named name: String) throws -> Tensor {
    let place = place(of: name)
    return try place.file.tensor(named: place.name)
  }

  func doubles(named name: String) throws -> [Double] {
    let place = place(of: name)
    return try place.file.doubles(named: place.name)
  }
}
