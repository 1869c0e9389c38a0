import Foundation
import GraftTensor

/// Named tensors as a file holds them.
public protocol WeightFile: Sendable {
  /// Where it lies.
  var file: URL { get }
  /// For people: `Keras HDF5`, `safetensors`, `npz`.
  var format: String { get }
  /// The names in the order of the file, each once.
  var names: [String] { get }
  /// The shape under which the file stores a tensor; nil for an unknown name.
  func shape(of name: String) -> Tensor.Shape?
  /// The element type under which the file stores a tensor, as NumPy calls it: `float32`, `bfloat16`, `int64`; nil for
  /// an unknown name.
  func storedType(of name: String) -> String?
  /// Reads one tensor, as float32 where it holds floating-point numbers.
  ///
  /// - Throws: an error that says what is wrong with which part of the file.
  func tensor(named name: String) throws -> Tensor
  /// Reads the numbers of one tensor as float64, in row-major order; as they are stored, where float64 can hold them.
  ///
  /// A format that stores nothing wider than float32 need not implement this.
  ///
  /// - Throws: an error that says what is wrong with which part of the file.
  func doubles(named name: String) throws -> [Double]
  /// Text that came with the tensors; empty where the format or the file has none.
  var metadata: [String: String] { get }
  /// What the file has besides its tensors and was left out, each as a sentence. Empty unless implemented.
  var notes: [String] { get }
  /// What was taken away from the names, such as `model.` or `vgg16/`, where this is one network of a larger file. Empty unless
  /// implemented.
  var takenAway: [String] { get }
  /// The tensors of the larger file that are beside this network, under the names that they have there. Empty unless implemented.
  var others: [String] { get }
}

extension WeightFile {
  /// Empty.
  public var notes: [String] { [] }
  /// Empty.
  public var takenAway: [String] { [] }
  /// Empty.
  public var others: [String] { [] }

  /// Reads the numbers of one tensor as float64, from float32.
  ///
  /// - Throws: an error that says what is wrong with which part of the file.
  public func doubles(named name: String) throws -> [Double] {
    try tensor(named: name).scalars.map(Double.init)
  }
}
