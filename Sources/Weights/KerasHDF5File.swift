import Foundation
import GraftFiles
import GraftTensor

/// The weights of a Keras model as HDF5: a file of weights only (`save_weights`, Keras 1 and 2), or a whole model
/// (`model.save("model.h5")`, Keras 1 to 3), of which the weights are read.
///
/// A tensor's name is the path of its data set, as HDF5 viewers show it, without the leading slash and without
/// `model_weights`: the layer, a slash, and the weight's name exactly as the layer's group lists it. So the same kernel
/// is called
///
/// - `block1_conv1/block1_conv1_W_1:0` in a file of Keras 1,
/// - `block1_conv1/block1_conv1/kernel:0` in one of Keras 2,
/// - `block1_conv1/block1_conv1/kernel` in one of Keras 3.
///
/// A file of Keras 1 does not say whether its kernels are in the order of TensorFlow or of Theano; only its name may
/// (`tf_dim_ordering_tf_kernels`).
///
/// Opening the file reads the descriptions of all tensors and none of their numbers; float32 numbers are then read in
/// place.
public struct KerasHDF5File: WeightFile {
  /// Where it lies.
  public let file: URL
  /// `Keras HDF5`.
  public var format: String { "Keras HDF5" }
  /// The names in the order of the model: layer by layer, and in each as Keras orders its weights (kernel, bias; gamma,
  /// beta, moving mean, moving variance).
  public let names: [String]
  /// `keras_version`, which is `1` where the file says nothing, as Keras itself assumes; and `backend`, where the file
  /// names it.
  public let metadata: [String: String]
  private let dataSets: [String: HDF5File.DataSet]

  /// Maps a file and reads the descriptions of its tensors.
  ///
  /// - Throws: `FileError`, or ``WeightFileError`` if this is no such file, if it is damaged or cut off, if the model's
  ///   backend was Theano, or if something is stored in a way that is not read: in chunks, compressed, or by a newer
  ///   version of the format.
  public init(contentsOf file: URL) throws {
    let bytes = try Bytes(contentsOf: file)
    let signature = FileSignature(bytes)
    guard signature == .hdf5 else { throw signature.error(file, wanted: "an HDF5 file") }
    let contents: Contents
    do throws(HDF5Error) {
      contents = try Contents(HDF5File(bytes))
    } catch {
      throw error.weightFileError(in: file)
    }
    self.file = file
    names = contents.names
    metadata = contents.metadata
    dataSets = contents.dataSets
  }

  /// The shape under which the file stores a tensor; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? { dataSets[name].map { Tensor.Shape($0.dimensions) } }

  /// The element type under which the file stores a tensor, as NumPy calls it; nil for an unknown name.
  public func storedType(of name: String) -> String? { dataSets[name]?.scalars.format.name }

  /// Reads one tensor as float32. Longer floating-point numbers are rounded; integers must fit exactly.
  ///
  /// - Throws: ``WeightFileError`` if there is no such tensor, or an integer does not fit.
  public func tensor(named name: String) throws -> Tensor {
    guard let dataSet = dataSets[name] else { throw WeightFileError.unknownName(name, in: self) }
    return try dataSet.scalars.tensor(shape: Tensor.Shape(dataSet.dimensions))
  }

  /// Reads the numbers of one tensor as float64; integers must fit exactly.
  ///
  /// - Throws: ``WeightFileError`` if there is no such tensor, or an integer does not fit.
  public func doubles(named name: String) throws -> [Double] {
    guard let dataSet = dataSets[name] else { throw WeightFileError.unknownName(name, in: self) }
    return try dataSet.scalars.doubles()
  }
}

extension KerasHDF5File {
  /// What the attributes of the file lead to.
  private struct Contents {
    private(set) var names: [String] = []
    private(set) var metadata: [String: String] = [:]
    private(set) var dataSets: [String: HDF5File.DataSet] = [:]

    init(_ file: HDF5File) throws(HDF5Error) {
      let (model, layers) = try Self.model(in: file)
      metadata["backend"] = try model.strings("backend", in: file)?.first
      metadata["keras_version"] = try model.strings("keras_version", in: file)?.first ?? "1"
      guard metadata["backend"] != "theano" else { throw Self.theano }
      // A data set that has two names is not what Keras writes, and would let a small file claim many tensors.
      var addresses: Set<Int> = []
      for layer in layers {
        let group = try file.object(at: layer, in: model)
        guard let weights = try group.strings("weight_names", in: file) else {
          throw HDF5Error(
            .damaged, at: group.headerAddress,
            "the layer \(group.path) has no attribute weight_names, which lists its weights")
        }
        for weight in weights {
          let object = try file.object(at: weight, in: group)
          try HDF5Error.about(object.path) { () throws(HDF5Error) in
            guard addresses.insert(object.headerAddress).inserted else {
              throw HDF5Error(.damaged, at: object.headerAddress, "it is listed twice, or under two names")
            }
          }
          let name = "\(layer)/\(weight)"
          names.append(name)
          dataSets[name] = try HDF5File.DataSet(object, in: file)
        }
      }
    }

    /// The group of the layers, and their names.
    private static func model(in file: HDF5File) throws(HDF5Error) -> (HDF5File.Object, layers: [String]) {
      let root = try file.root
      if let layers = try root.strings("layer_names", in: file) { return (root, layers) }
      if root.contains("model_weights") {
        let model = try file.object(at: "model_weights", in: root)
        if let layers = try model.strings("layer_names", in: file) { return (model, layers) }
      }
      // What `.weights.h5` of Keras 3 and late Keras 2 has in place of `layer_names`.
      if root.contains("layers") || root.contains("_layer_checkpoint_dependencies") {
        throw HDF5Error(
          .unsupported, at: nil,
          "this is the .weights.h5 form of Keras 3, which names layers by their classes and is not supported yet",
          remedy: "In Keras, save the whole model in the older form: model.save(\"model.h5\").")
      }
      throw HDF5Error(
        .foreign, at: nil, "this HDF5 file has no attribute layer_names, so it holds no Keras model",
        remedy: "Check that this is the file you meant.")
    }

    private static var theano: HDF5Error {
      HDF5Error(
        .unsupported, at: nil,
        "its backend was Theano, whose convolution kernels are mirrored and perhaps ordered otherwise: they would load "
          + "without complaint and compute nonsense",
        remedy: "Take the file for TensorFlow (tf_dim_ordering_tf_kernels), or convert it with Keras 2 first."
      )
    }
  }
}
