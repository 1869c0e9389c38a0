import Foundation
import GraftFiles
import GraftTensor

/// Tensors that PyTorch saved (`torch.save`), as a zip file or in the form that it had before version 1.6.
///
/// A tensor's name is its key in the state dict: `features.0.weight`. Where the file holds more than a state dict,
///
/// - the dictionary under `state_dict`, `model_state_dict` or `model` is taken if it holds tensors, and what lies
///   beside it (the state of an optimizer) is left out, as ``notes`` says;
/// - otherwise tensors in dictionaries within the dictionary are named by all keys on the way, joined by dots:
///   `generator.conv1.weight`; in lists, by their numbers. A tensor that was saved by itself is called `tensor`.
///
/// Names are those of the file: what wrappers put before them (`module.`, `model.`) is taken away when a network is
/// loaded; see ``WeightFile/parameters(_:namedBy:relatives:)``.
///
/// The file is a Python pickle, that is, a program. It is read by a reader that runs nothing and knows only what tensors
/// need. Objects of other classes are left out. Whole models and TorchScript programs need Python: they are refused by
/// name. Opening the file checks the
/// places of all tensors and reads none of their numbers; those that lie in row-major order are then read in place.
public struct PyTorchFile: WeightFile {
  /// Where it lies.
  public var file: URL { storages.bytes.file }
  /// `PyTorch`.
  public var format: String { "PyTorch" }
  /// The names in the order of the state dict.
  public let names: [String]
  /// Empty: the format has no place for it.
  public var metadata: [String: String] { [:] }
  /// What lies beside the tensors and was left out: the state of an optimizer, objects of classes that are none of
  /// PyTorch's.
  public let notes: [String]
  private let tensors: [String: PyTorchTensor]
  private let storages: PyTorchStorages

  /// Maps a file and checks what it says about its tensors.
  ///
  /// - Throws: `FileError`, or ``WeightFileError`` if this is no such file, if it is damaged or made to harm, or if it
  ///   is a whole model or a program.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    let signature = FileSignature(bytes)
    let pickle: Pickle
    switch signature {
    // A zip file with a damaged directory is told by the archive's own error.
    case .pyTorch, .zip:
      if bytes.starts(with: ZipArchive.magic) {
        (pickle, storages) = try PyTorchStorages.zipped(ZipArchive(bytes))
      } else {
        (pickle, storages) = try PyTorchStorages.sequential(bytes)
      }
    default: throw signature.error(bytes.file, wanted: "a PyTorch file")
    }
    let dictionary = try StateDictionary(pickle)
    let entries = dictionary.entries
    try storages.check(entries)
    names = entries.map(\.name)
    notes = dictionary.notes
    tensors = Dictionary(uniqueKeysWithValues: entries)
  }

  /// The shape under which the file stores a tensor; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? { tensors[name].map { Tensor.Shape($0.dimensions) } }

  /// The element type under which the file stores a tensor, as NumPy calls it; nil for an unknown name.
  public func storedType(of name: String) -> String? { tensors[name]?.type.rawValue }

  /// Reads one tensor as float32.
  ///
  /// float32 is read in place or copied, float16 and bfloat16 are widened, float64 is rounded, and integers must fit
  /// exactly.
  ///
  /// - Throws: ``WeightFileError``.
  public func tensor(named name: String) throws -> Tensor {
    let (tensor, scalars) = try stored(name)
    let shape = Tensor.Shape(tensor.dimensions)
    guard !tensor.order.isRowMajor else { return try scalars.tensor(shape: shape) }
    return Tensor(shape: shape, scalars: tensor.order.rowMajor(try scalars.floats()))
  }

  /// Reads the numbers of one tensor as float64, in row-major order; integers must fit exactly.
  ///
  /// - Throws: ``WeightFileError``.
  public func doubles(named name: String) throws -> [Double] {
    let (tensor, scalars) = try stored(name)
    return tensor.order.rowMajor(try scalars.doubles())
  }

  private func stored(_ name: String) throws -> (tensor: PyTorchTensor, scalars: StoredScalars) {
    guard let tensor = tensors[name] else { throw WeightFileError.unknownName(name, in: self) }
    guard let format = tensor.type.format(isBigEndian: storages.isBigEndian) else {
      throw WeightFileError(
        .unsupported, file, part: name, "its numbers are \(tensor.type.rawValue), which Graft does not read")
    }
    let bytes = try storages.bytes(of: tensor, name: name)
    return (tensor, StoredScalars(format: format, bytes: bytes, part: name))
  }
}
