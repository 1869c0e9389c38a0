/// The form of Keras 1 and 2, and of `.h5` in Keras 3: an attribute lists the layers, and one of each layer its weights
/// (Keras 2.1.6, engine/topology.py).
struct KerasLayers {
  /// The version and the backend.
  let metadata: [String: String]
  private let model: HDF5File.Object
  private let layers: [String]

  /// nil if no attribute lists layers.
  init?(in file: HDF5File) throws(HDF5Error) {
    let root = try file.root
    if let layers = try root.strings("layer_names", in: file) {
      (model, self.layers) = (root, layers)
    } else {
      guard root.contains("model_weights") else { return nil }
      model = try file.object(at: "model_weights", in: root)
      guard let layers = try model.strings("layer_names", in: file) else { return nil }
      self.layers = layers
    }
    var metadata: [String: String] = [:]
    metadata["backend"] = try model.strings("backend", in: file)?.first
    metadata["keras_version"] = try model.strings("keras_version", in: file)?.first ?? "1"
    self.metadata = metadata
  }

  /// The weights of each layer, in the order of the model.
  func entries(in file: HDF5File) throws(HDF5Error) -> [[KerasTensors.Entry]] {
    // A data set that has two names is not what Keras writes, and would let a small file claim many tensors.
    var addresses: Set<Int> = []
    return try layers.map { layer throws(HDF5Error) in
      let group = try file.object(at: layer, in: model)
      guard let weights = try group.strings("weight_names", in: file) else {
        throw HDF5Error(
          .damaged, at: group.headerAddress,
          "the layer \(group.path) has no attribute weight_names, which lists its weights")
      }
      return try weights.map { weight throws(HDF5Error) in
        let object = try file.object(at: weight, in: group)
        try HDF5Error.about(object.path) { () throws(HDF5Error) in
          guard addresses.insert(object.headerAddress).inserted else {
            throw HDF5Error(.damaged, at: object.headerAddress, "it is listed twice, or under two names")
          }
        }
        return KerasTensors.Entry(name: "\(layer)/\(weight)", dataSet: try HDF5File.DataSet(object, in: file))
      }
    }
  }
}
