import Foundation
import GraftFiles
import GraftTensor

/// A `.npz` file: NumPy arrays, each a member of a zip file, stored or deflated.
///
/// Opening it reads the names only. An array is read when it is asked for, and its checksum verified. An object array
/// stands for the arrays in it: see ``NPYFile``. They have its name before their own: `weights/conv1/0`.
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
  /// The object arrays, and for each name which of them has it, and under which name.
  private let objects: [String: (container: NPYObjects, name: String)]

  /// Maps a file and reads its directory.
  ///
  /// - Throws: `FileError` or ``WeightFileError``.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    let signature = FileSignature(bytes)
    // A zip file with a damaged directory is told by the archive's own error.
    guard signature == .npz || signature == .zip else {
      throw signature.error(bytes.file, wanted: "an npz file")
    }
    archive = try ZipArchive(bytes)
    guard archive.members.allSatisfy({ $0.name.hasSuffix(Self.suffix) }) else {
      throw signature.error(bytes.file, wanted: "an npz file")
    }
    var names: [String] = []
    var objects: [String: (container: NPYObjects, name: String)] = [:]
    for member in archive.members {
      let name = String(member.name.dropLast(Self.suffix.count))
      guard let container = try Self.objects(of: member, in: archive, part: name) else {
        names.append(name)
        continue
      }
      for inner in container.names {
        names.append("\(name)/\(inner)")
        objects["\(name)/\(inner)"] = (container, inner)
      }
    }
    guard Set(names).count == names.count else {
      throw WeightFileError(.damaged, bytes.file, "an array in an object array has the name of another array")
    }
    self.names = names
    self.objects = objects
  }

  /// The shape under which the file stores an array; nil for an unknown name or an unreadable header.
  public func shape(of name: String) -> Tensor.Shape? {
    if let (container, name) = objects[name] {
      return container.dimensions(of: name).map { Tensor.Shape($0) }
    }
    guard let member = archive[name + Self.suffix],
      let header = try? Self.header(of: member, in: archive, part: name),
      StoredScalars.byteCount(of: header.dimensions, scalarByteCount: 1) != nil
    else { return nil }
    return Tensor.Shape(header.dimensions)
  }

  /// The element type under which the file stores an array, as NumPy calls it; nil for an unknown name or an unreadable
  /// header.
  public func storedType(of name: String) -> String? {
    let descriptor: String?
    if let (container, name) = objects[name] {
      descriptor = container.descriptor(of: name)
    } else {
      let member = archive[name + Self.suffix]
      descriptor = member.flatMap { try? Self.header(of: $0, in: archive, part: name) }?.descriptor
    }
    return descriptor.map(NPYArray.elementType(descriptor:))
  }

  /// Reads one array as a float32 tensor: see ``NPYArray/tensor()``.
  ///
  /// - Throws: ``WeightFileError``.
  public func tensor(named name: String) throws -> Tensor { try array(named: name).tensor() }

  /// Reads the numbers of one array as float64: see ``NPYArray/doubles``.
  ///
  /// - Throws: ``WeightFileError``.
  public func doubles(named name: String) throws -> [Double] { try array(named: name).doubles }

  /// Reads one array.
  ///
  /// - Throws: ``WeightFileError`` if there is no array of that name, or it is damaged.
  public func array(named name: String) throws -> NPYArray {
    if let (container, name) = objects[name], let array = try container.array(named: name) { return array }
    guard let member = archive[name + Self.suffix] else { throw WeightFileError.unknownName(name, in: self) }
    let header = try Self.header(of: member, in: archive, part: name)
    guard let byteCount = try NPYArray.byteCount(header, file: file, part: name) else {
      throw WeightFileError(
        .damaged, file, part: name, "its shape \(header.dimensions) has more elements than can be")
    }
    let content = try archive.content(of: member, announcedCount: byteCount)
    return try NPYArray(content, header: header, part: name)
  }

  static let suffix = ".npy"

  private static func header(
    of member: ZipArchive.Member, in archive: ZipArchive, part: String
  ) throws -> NPYHeader {
    let preamble = try archive.prefix(of: member, count: NPYHeader.preambleCount)
    let byteCount = try NPYHeader.byteCount(in: preamble, part: part)
    return try NPYHeader(archive.prefix(of: member, count: byteCount), part: part)
  }

  /// The arrays in a member that is an object array; nil for any other, and for one whose header cannot be read, which
  /// is said when the array is asked for.
  private static func objects(
    of member: ZipArchive.Member, in archive: ZipArchive, part: String
  ) throws -> NPYObjects? {
    guard let header = try? header(of: member, in: archive, part: part), header.isOfObjects else {
      return nil
    }
    let content = try archive.content(of: member, announcedCount: member.count)
    return try NPYObjects(content, header: header, part: part)
  }
}
