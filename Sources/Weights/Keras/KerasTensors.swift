import Foundation
import GraftFiles
import GraftTensor

/// The tensors of the HDF5 file that holds a Keras model, by itself or in an archive.
struct KerasTensors: Sendable {
  /// One tensor.
  struct Entry: Sendable {
    let name: String
    let dataSet: HDF5File.DataSet
    /// How its numbers must be put in order.
    var order = KerasKernelOrder.tensorFlow
  }

  let names: [String]
  let metadata: [String: String]
  /// What the file has besides, as sentences.
  let notes: [String]
  private let file: URL
  private let entries: [String: Entry]

  /// Reads the descriptions.
  ///
  /// - Parameters:
  ///   - bytes: the whole HDF5 file.
  ///   - member: its name in an archive, for messages.
  ///   - configuration: the model's own description, which knows the order of the layers.
  /// - Throws: ``WeightFileError``.
  init(
    hdf5 bytes: Bytes, member: String? = nil, configuration: KerasConfiguration? = nil,
    verifiesChecksums: Bool = true
  ) throws {
    guard let start = HDF5File.Superblock.offset(in: bytes),
      let part = bytes.slice(from: start, count: bytes.count - start)
    else { throw WeightFileError(.damaged, bytes.file, part: member, "it is not an HDF5 file") }
    let entries: [Entry]
    do throws(HDF5Error) {
      let file = try HDF5File(part, verifiesChecksums: verifiesChecksums)
      var addresses: Set<Int> = []
      if let layers = try KerasLayers(in: file) {
        let found = try layers.entries(in: file, addresses: &addresses)
        entries = try layers.ordered(found, fileName: bytes.file.lastPathComponent)
        metadata = layers.metadata
      } else {
        let variables = try KerasVariables(in: file)
        entries = try variables.entries(describedBy: configuration)
        addresses = variables.addresses
        metadata = [:]
      }
      notes = file.notes(aboutAllBut: addresses)
    } catch {
      throw error.weightFileError(in: bytes.file, member: member, from: start)
    }
    file = bytes.file
    names = entries.map(\.name)
    self.entries = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    guard self.entries.count == names.count else {
      let twice = Dictionary(grouping: names) { $0 }.first { $0.value.count > 1 }?.key
      throw WeightFileError(
        .damaged, bytes.file, part: twice, "two of its tensors have this name, and only one can be meant")
    }
  }

  /// The shape in which a tensor is given; nil for an unknown name.
  func shape(of name: String) -> Tensor.Shape? {
    entries[name].map { Tensor.Shape($0.order.dimensions(stored: $0.dataSet.dimensions)) }
  }

  /// The element type under which the file stores a tensor; nil for an unknown name.
  func storedType(of name: String) -> String? { entries[name]?.dataSet.typeName }

  /// Reads one tensor as float32; nil for an unknown name.
  ///
  /// - Throws: ``WeightFileError``.
  func tensor(named name: String) throws -> Tensor? {
    guard let entry = try readableEntry(name) else { return nil }
    let scalars = try entry.dataSet.scalars()
    if case .tensorFlow = entry.order {
      return try scalars.tensor(shape: Tensor.Shape(entry.dataSet.dimensions))
    }
    return Tensor(
      shape: Tensor.Shape(entry.order.dimensions(stored: entry.dataSet.dimensions)),
      scalars: entry.order.ordered(try scalars.floats(), stored: entry.dataSet.dimensions))
  }

  /// Reads the numbers of one tensor as float64; nil for an unknown name.
  ///
  /// - Throws: ``WeightFileError``.
  func doubles(named name: String) throws -> [Double]? {
    guard let entry = try readableEntry(name) else { return nil }
    return entry.order.ordered(try entry.dataSet.scalars().doubles(), stored: entry.dataSet.dimensions)
  }

  private func readableEntry(_ name: String) throws -> Entry? {
    guard let entry = entries[name] else { return nil }
    if case .unknown = entry.order {
      let reason = KerasLayers.unknownMirroring
      throw WeightFileError(.unsupported, file, part: name, reason.problem, remedy: reason.remedy)
    }
    return entry
  }
}
