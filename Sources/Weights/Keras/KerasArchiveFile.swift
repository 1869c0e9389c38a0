import Foundation
import GraftFiles
import GraftTensor

/// A `.keras` archive, which Keras 3 and late releases of Keras 2 save: a zip file with the model's description
/// (`config.json`), its version (`metadata.json`), and its weights in the form `.weights.h5`.
///
/// Only the weights are read, under the names that ``KerasHDF5File`` gives them. Their order is that of the model; and
/// where they do not name their layers, as those of Keras 2, the description does: `block1_conv1/vars/0`.
public struct KerasArchiveFile: WeightFile {
  /// Where it lies.
  public let file: URL
  /// `Keras archive`.
  public var format: String { "Keras archive" }
  /// The names, in the order of the model: see ``KerasHDF5File``.
  public var names: [String] { tensors.names }
  /// `keras_version` and `date_saved`, as the archive has them.
  public let metadata: [String: String]
  /// What the file has besides: the states of optimizers and metrics, and arrays that it does not count among the weights.
  /// It says, too, if the model's description cannot be followed.
  public let notes: [String]
  private let tensors: KerasTensors

  private static let weights = "model.weights.h5"

  /// Maps a file, verifies its weights by their checksum, and reads the descriptions of its tensors.
  ///
  /// - Throws: `FileError`, or ``WeightFileError`` if this is no such file, it has no weights, or is damaged.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  /// The same of bytes that are there already.
  ///
  /// - Parameter verifiesChecksums: see ``KerasHDF5File/init(_:verifiesChecksums:)``.
  init(_ bytes: Bytes, verifiesChecksums: Bool = true) throws {
    file = bytes.file
    let signature = FileSignature(bytes)
    guard signature == .kerasArchive else { throw signature.error(file, wanted: "a Keras archive") }
    let archive = try ZipArchive(bytes)
    guard let weights = try Self.content(Self.weights, of: archive) else {
      throw WeightFileError(
        .damaged, file, "the archive has no \(Self.weights), so it holds a model without its weights",
        remedy: "In Keras, save the whole model: model.save(\"model.keras\").")
    }
    var notes: [String] = []
    let configuration = try Self.decoded(
      KerasConfiguration.self, from: "config.json", of: archive, notes: &notes)
    tensors = try KerasTensors(
      hdf5: weights, member: Self.weights, configuration: configuration,
      verifiesChecksums: verifiesChecksums)
    metadata =
      try Self.decoded([String: String].self, from: "metadata.json", of: archive, notes: &notes) ?? [:]
    self.notes = tensors.notes + notes
  }

  /// The shape of a tensor; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? { tensors.shape(of: name) }

  /// The element type under which the file stores a tensor, as NumPy calls it; nil for an unknown name.
  public func storedType(of name: String) -> String? { tensors.storedType(of: name) }

  /// Reads one tensor as float32: see ``KerasHDF5File/tensor(named:)``.
  ///
  /// - Throws: ``WeightFileError``.
  public func tensor(named name: String) throws -> Tensor {
    guard let tensor = try tensors.tensor(named: name) else {
      throw WeightFileError.unknownName(name, in: self)
    }
    return tensor
  }

  /// Reads the numbers of one tensor as float64; integers must fit exactly.
  ///
  /// - Throws: ``WeightFileError`` as for ``tensor(named:)``.
  public func doubles(named name: String) throws -> [Double] {
    guard let doubles = try tensors.doubles(named: name) else {
      throw WeightFileError.unknownName(name, in: self)
    }
    return doubles
  }

  /// Keras stores its members as they are; whoever packs them anew may deflate them.
  private static func content(_ name: String, of archive: ZipArchive) throws -> Bytes? {
    guard let member = archive[name] else { return nil }
    guard member.count / 64 <= archive.bytes.count else {
      throw WeightFileError(
        .unsupported, archive.bytes.file, part: name,
        "it inflates to \(member.count) bytes, out of proportion to an archive of \(archive.bytes.count)",
        remedy: "If its source is to be trusted, pack it without compression.")
    }
    return try archive.content(of: member, announcedCount: member.count)
  }

  /// What a description says; nil if it is missing or says something else, which takes nothing from the weights.
  ///
  /// - Parameter notes: gets a sentence if it says something else.
  private static func decoded<Value: Decodable>(
    _ type: Value.Type, from name: String, of archive: ZipArchive, notes: inout [String]
  ) throws -> Value? {
    guard let content = try content(name, of: archive) else { return nil }
    do {
      return try JSONDecoder().decode(type, from: Data(content.array))
    } catch {
      notes.append("Left out: \(name), which cannot be followed.")
      return nil
    }
  }
}
