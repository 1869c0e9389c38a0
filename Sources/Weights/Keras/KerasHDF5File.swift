import Foundation
import GraftFiles
import GraftTensor

/// The weights of a Keras model as HDF5: a file of weights only (`save_weights`), or a whole model
/// (`model.save("model.h5")`), of which the weights are read.
///
/// There are two forms, told apart by their content. In the form that Keras 1 and 2 write, and Keras 3 for `.h5`, a tensor's
/// name is the path of its data set, as HDF5 viewers show it, without the leading slash and without `model_weights`: the
/// layer, a slash, and the weight's name exactly as the layer's group lists it. So the same kernel is called
///
/// - `block1_conv1/block1_conv1_W_1:0` in a file of Keras 1,
/// - `block1_conv1/block1_conv1/kernel:0` in one of Keras 2,
/// - `block1_conv1/block1_conv1/kernel` in one of Keras 3,
/// - `layer_0/param_0` in one of Keras before 1, which has no names.
///
/// Weights that a model has besides its layers come last, as `top_level_model_weights/class_token:0`.
///
/// In the form `.weights.h5`, which Keras 3 and late releases of Keras 2 write, the groups are named after attributes, and
/// in lists of layers after the layers' classes (`layers/conv2d_1`); variables are numbered. There the name is
///
/// - `block1_conv1/vars/0`: the layer's own name, which Keras 3 writes beside the variables, `vars` and the number; layers
///   inside of models and of other layers come after those, `encoder/block1_conv1/vars/0`;
/// - `fuse/vars/0`: the attribute, for a layer that is one, as in subclassed models;
/// - `layers/conv2d/vars/0`: the data set's path, if the file does not name its layers (Keras 2), or gives two layers one name.
///
/// The numbers count what a layer has, in Keras' order: kernel, bias; gamma, beta, moving mean, moving variance. What it
/// lacks is not counted: without a gamma (`scale=False`), `vars/0` is beta. So a naming table that fits the model's own
/// layers fits the file, and one that does not leaves a variable over or lacks one, which strict loading reports. The
/// states of optimizers, of metrics and of random generators are no weights: they are left out, and ``notes`` says so.
/// A weight whose values are no numbers (a text, a record) is listed and not read; booleans are 0 and 1.
///
/// Kernels that were trained with the Theano backend are stored flipped, and those of a `channels_first` model of Keras 1 in
/// another order; they are returned as TensorFlow has them, with the rows of the first dense layer after them. Where the file
/// does not tell, as weights of Keras 1 never do in full, its name does (`th_dim_ordering_th_kernels`), or it is refused.
///
/// Opening the file reads the descriptions of all tensors and none of their numbers; float32 numbers are then read in
/// place, if they do not lie in chunks.
public struct KerasHDF5File: WeightFile {
  /// The file that was opened.
  public let file: URL
  /// `Keras HDF5`.
  public var format: String { "Keras HDF5" }
  /// The names in the order of the model: layer by layer, and in each as Keras orders its weights (kernel, bias; gamma,
  /// beta, moving mean, moving variance). `.weights.h5` does not keep the order of the layers: there they come by class
  /// and number.
  public var names: [String] { tensors.names }
  /// `keras_version`, which is `1` where a file of layers says nothing, as Keras itself assumes; and `backend`, where the
  /// file names it. `.weights.h5` has neither.
  public var metadata: [String: String] { tensors.metadata }
  /// What the file has besides: the states of optimizers and metrics, and arrays that it does not count among the weights.
  public var notes: [String] { tensors.notes }
  private let tensors: KerasTensors

  /// Maps a file and reads the descriptions of its tensors.
  ///
  /// - Throws: `FileError`, or ``WeightFileError`` if this is no such file, if it is damaged or cut off, or if something
  ///   is stored in a way that is not read: through links, in other files, compressed by a filter other than gzip.
  public init(contentsOf file: URL) throws {
    try self.init(Bytes(contentsOf: file))
  }

  /// The same for bytes that are in memory already.
  ///
  /// - Parameter verifiesChecksums: false to let damage through that the checksums of HDF5's structures would reveal,
  ///   for tests of what comes after them.
  init(_ bytes: Bytes, verifiesChecksums: Bool = true) throws {
    let signature = FileSignature(bytes)
    guard signature == .hdf5 else { throw signature.error(bytes.file, wanted: "an HDF5 file") }
    file = bytes.file
    tensors = try KerasTensors(hdf5: bytes, verifiesChecksums: verifiesChecksums)
  }

  /// The shape of a tensor; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? { tensors.shape(of: name) }

  /// The element type under which the file stores a tensor, as NumPy calls it; nil for an unknown name.
  public func storedType(of name: String) -> String? { tensors.storedType(of: name) }

  /// Reads one tensor as float32. Longer floating-point numbers are rounded; integers must fit exactly.
  ///
  /// - Throws: ``WeightFileError`` if there is no such tensor, if its chunks are damaged, or an integer does not fit.
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
}
