import Foundation
import GraftFiles
import GraftTensor

/// A safetensors file: a JSON header with the tensors' names, types, shapes and places, then their bytes.
///
/// The file is mapped, and float32 tensors read the mapping in place where its alignment allows: nothing is copied
/// until somebody writes. Every rule of the format is checked when the file is opened (its specification is the README
/// of huggingface/safetensors): no holes, no overlaps, no name twice, sizes that agree with shapes. Replace a mapped file
/// by renaming another into its place, as ``write(_:metadata:to:)`` does: one that is cut short ends the program.
public struct SafetensorsFile: WeightFile {
  /// Where it lies.
  public var file: URL { data.file }
  /// `safetensors`.
  public var format: String { "safetensors" }
  /// The names in the order of the header.
  public let names: [String]
  /// The texts of the header's `__metadata__`.
  public let metadata: [String: String]
  private let entries: [String: SafetensorsHeader.Entry]
  private let data: Bytes

  /// Maps a file and checks its header.
  ///
  /// - Throws: `FileError` or ``WeightFileError``.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  /// Takes a file that is in memory already, and checks its header.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - source: where it comes from, for messages.
  /// - Throws: ``WeightFileError``.
  package init(_ bytes: [UInt8], source: URL) throws { try self.init(Bytes(bytes, file: source)) }

  init(_ bytes: Bytes) throws {
    let signature = FileSignature(bytes)
    // What is nothing else may be a damaged one, and the header's own error says more.
    guard signature == .safetensors || signature == .unknown else {
      throw signature.error(bytes.file, wanted: "a safetensors file")
    }
    let header = try SafetensorsHeader(bytes)
    guard let data = bytes.slice(from: header.byteCount, count: bytes.count - header.byteCount) else {
      throw WeightFileError(.damaged, bytes.file, part: "header", "the file ends inside it")
    }
    try Self.checkPlaces(header.entries, data)
    self.data = data
    names = header.entries.map(\.name)
    metadata = header.metadata
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
  }

  /// The shape of a tensor; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? { entries[name].map { Tensor.Shape($0.dimensions) } }

  /// The element type under which the file stores a tensor, as NumPy calls it; nil for an unknown name.
  public func storedType(of name: String) -> String? { entries[name]?.type.numPyName }

  /// Reads one tensor as float32.
  ///
  /// float32 is read in place or copied, float16 and bfloat16 are widened, float64 is rounded, and integers must fit
  /// exactly.
  ///
  /// - Throws: ``WeightFileError``.
  public func tensor(named name: String) throws -> Tensor {
    let (scalars, entry) = try stored(name)
    return try scalars.tensor(shape: Tensor.Shape(entry.dimensions))
  }

  /// Reads the numbers of one tensor as float64; integers must fit exactly.
  ///
  /// - Throws: ``WeightFileError``.
  public func doubles(named name: String) throws -> [Double] { try stored(name).scalars.doubles() }

  private func stored(_ name: String) throws -> (scalars: StoredScalars, entry: SafetensorsHeader.Entry) {
    guard let entry = entries[name] else { throw WeightFileError.unknownName(name, in: self) }
    guard let format = entry.type.format else {
      throw WeightFileError(
        .unsupported, file, part: name, "its numbers are \(entry.type.rawValue), which Graft does not read")
    }
    guard let bytes = data.slice(from: entry.start, count: entry.end - entry.start) else {
      throw WeightFileError(.damaged, file, part: name, "it lies outside the file")
    }
    return (StoredScalars(format: format, bytes: bytes, part: name), entry)
  }

  /// The tensors must cover the data from its first byte to its last, each its own part.
  private static func checkPlaces(_ entries: [SafetensorsHeader.Entry], _ data: Bytes) throws {
    func damaged(_ entry: SafetensorsHeader.Entry, _ problem: String) -> WeightFileError {
      WeightFileError(.damaged, data.file, part: entry.name, problem)
    }
    var covered = 0
    for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start <= entry.end else { throw damaged(entry, "it ends before it begins") }
      guard entry.end <= data.count else {
        throw damaged(entry, "it ends at byte \(entry.end) of the data, and there are only \(data.count)")
      }
      guard entry.type.byteCount(of: entry.dimensions) == entry.end - entry.start else {
        let shape = entry.dimensions.map(String.init).joined(separator: "×")
        let problem =
          "its shape \(shape) of \(entry.type.rawValue) does not fill its \(entry.end - entry.start) bytes"
        throw damaged(entry, problem)
      }
      guard entry.start >= covered else { throw damaged(entry, "it overlaps another tensor") }
      guard entry.start == covered else {
        throw damaged(entry, "the \(entry.start - covered) bytes before it belong to no tensor")
      }
      covered = entry.end
    }
    guard covered == data.count else {
      throw WeightFileError(.damaged, data.file, "its last \(data.count - covered) bytes belong to no tensor")
    }
  }
}
