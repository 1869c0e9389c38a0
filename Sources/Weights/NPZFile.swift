import Foundation
import GraftFiles
import GraftTensor

/// A `.npz` file: NumPy arrays, each a member of a zip file, stored or deflated.
///
/// Opening it reads the names only. An array is read when it is asked for, and its checksum verified.
public struct NPZFile: WeightFile {
  /// Where it lies.
  public var file: URL { archive.bytes.file }
  /// `npz`.
  public var format: String { "npz" }
  /// The arrays' names, without `.npy`, in the order of the file.
  public let names: [String]
  /// Empty: the format has no place for it.
  public var metadata: [String: String] { [:] }
  private let archive: ZipArchive

  /// Maps a file and reads its directory.
  ///
  /// - Throws: `FileError` or ``WeightFileError``.
  public init(contentsOf file: URL) throws {
    let bytes = try Bytes(contentsOf: file)
    let signature = FileSignature(bytes)
    // A zip file with a damaged directory is told by the archive's own error.
    guard signature == .npz || signature == .zip else { throw signature.error(file, wanted: "an npz file") }
    archive = try ZipArchive(bytes)
    guard archive.members.allSatisfy({ $0.name.hasSuffix(Self.suffix) }) else {
      throw signature.error(file, wanted: "an npz file")
    }
    names = archive.members.map { String($0.name.dropLast(Self.suffix.count)) }
  }

  /// The shape under which the file stores an array; nil for an unknown name or an unreadable header.
  public func shape(of name: String) -> Tensor.Shape? {
    guard let member = archive[name + Self.suffix], let header = try? header(of: member, part: name),
      StoredScalars.byteCount(of: header.dimensions, scalarByteCount: 1) != nil
    else { return nil }
    return Tensor.Shape(header.dimensions)
  }

  /// Reads one array as a float32 tensor: see ``NPYArray/tensor()``.
  ///
  /// - Throws: ``WeightFileError``.
  public func tensor(named name: String) throws -> Tensor { try array(named: name).tensor() }

  /// Reads one array.
  ///
  /// - Throws: ``WeightFileError`` if there is no array of that name, or it is damaged.
  public func array(named name: String) throws -> NPYArray {
    guard let member = archive[name + Self.suffix] else { throw WeightFileError.unknownName(name, in: self) }
    let header = try header(of: member, part: name)
    guard let byteCount = try NPYArray.byteCount(header, file: file, part: name) else {
      throw WeightFileError(
        .damaged, file, part: name, "its shape \(header.dimensions) has more elements than can be")
    }
    let content = try archive.content(of: member, announcedCount: byteCount)
    return try NPYArray(content, header: header, part: name)
  }

  static let suffix = ".npy"

  private func header(of member: ZipArchive.Member, part: String) throws -> NPYHeader {
    let preamble = try archive.prefix(of: member, count: NPYHeader.preambleCount)
    let byteCount = try NPYHeader.byteCount(in: preamble, part: part)
    return try NPYHeader(archive.prefix(of: member, count: byteCount), part: part)
  }
}
