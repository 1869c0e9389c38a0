import Foundation
import GraftFiles
import GraftTensor

/// A `.npy` file as a weight file: either one array of numbers, which is called `arr_0` as NumPy itself would call it;
/// or an object array, a Python pickle of dictionaries and lists of arrays, as caffe-tensorflow wrote them.
///
/// Of an object array, the names are the keys on the way to each array and its numbers in lists, joined by slashes:
/// `conv1/weights`, `pnet/0`. Its pickle is read without running anything; what needs more than arrays is refused.
public struct NPYFile: WeightFile {
  /// Where it lies.
  public let file: URL
  /// `npy`.
  public var format: String { "npy" }
  /// The arrays' names in the order of the file.
  public let names: [String]
  /// Empty: the format has no place for it.
  public var metadata: [String: String] { [:] }
  private let content: Content

  private enum Content {
    case array(NPYArray)
    case objects(NPYObjects)
  }

  /// NumPy's name of an array that was given none.
  static let unnamed = "arr_0"

  /// Maps a file and reads what it says about its arrays.
  ///
  /// - Throws: `FileError` or ``WeightFileError``.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    let signature = FileSignature(bytes)
    guard signature == .npy else { throw signature.error(bytes.file, wanted: "an npy file") }
    file = bytes.file
    let header = try NPYHeader(bytes, part: "header")
    if header.isOfObjects {
      let objects = try NPYObjects(bytes, header: header, part: "object array")
      names = objects.names
      content = .objects(objects)
    } else {
      names = [Self.unnamed]
      content = .array(try NPYArray(bytes, header: header, part: "array"))
    }
  }

  /// The shape under which the file stores an array; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? {
    switch content {
    case .array(let array): name == Self.unnamed ? array.shape : nil
    case .objects(let objects): objects.dimensions(of: name).map { Tensor.Shape($0) }
    }
  }

  /// The element type under which the file stores an array, as NumPy calls it; nil for an unknown name.
  public func storedType(of name: String) -> String? {
    switch content {
    case .array(let array): name == Self.unnamed ? array.elementType : nil
    case .objects(let objects): objects.descriptor(of: name).map(NPYArray.elementType(descriptor:))
    }
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
    switch content {
    case .array(let array) where name == Self.unnamed: return array
    case .objects(let objects):
      if let array = try objects.array(named: name) { return array }
    default: break
    }
    throw WeightFileError.unknownName(name, in: self)
  }
}
