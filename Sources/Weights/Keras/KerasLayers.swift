/// The form of Keras 1 and 2, and of `.h5` in Keras 3: an attribute lists the layers, and one of each layer its weights
/// (Keras 2.1.6, engine/topology.py); and the form before it, in which layers and weights are only counted: `layer_0`,
/// `param_0` (Keras 0.3, models.py).
struct KerasLayers {
  /// The version, 0 for the form without names, and the backend.
  let metadata: [String: String]
  private let root, model: HDF5File.Object
  private let list: List

  private enum List {
    case names([String])
    case count(Int)
  }

  /// Where models keep the weights that belong to none of their layers (Keras since 2.6).
  private static let topLevel = "top_level_model_weights"

  /// nil if no attribute lists or counts layers.
  init?(in file: HDF5File) throws(HDF5Error) {
    root = try file.root
    if let layers = try root.strings("layer_names", in: file) {
      (model, list) = (root, .names(layers))
    } else if let count = try root.integer("nb_layers", in: file) {
      (model, list, metadata) = (root, .count(count), ["keras_version": "0"])
      return
    } else {
      guard root.contains("model_weights") else { return nil }
      model = try file.object(at: "model_weights", in: root)
      guard let layers = try model.strings("layer_names", in: file) else { return nil }
      list = .names(layers)
    }
    var metadata: [String: String] = [:]
    metadata["backend"] = try model.strings("backend", in: file)?.first
    metadata["keras_version"] = try model.strings("keras_version", in: file)?.first ?? "1"
    self.metadata = metadata
  }

  /// The weights of each layer, in the order of the model, then those of the model itself.
  ///
  /// - Parameter addresses: gets the places of all that was found.
  func entries(
    in file: HDF5File, addresses: inout Set<Int>
  ) throws(HDF5Error) -> [[KerasTensors.Entry]] {
    var layers: [(name: String, group: HDF5File.Object, weights: [String])] = []
    switch list {
    case .names(let names):
      for name in names {
        let group = try group(of: name, in: file)
        guard let weights = try group.strings("weight_names", in: file) else {
          throw HDF5Error(
            .damaged, at: group.headerAddress,
            "the layer \(group.path) has no attribute weight_names, which lists its weights")
        }
        layers.append((name, group, weights))
      }
      if model.contains(Self.topLevel), !names.contains(Self.topLevel) {
        let group = try file.object(at: Self.topLevel, in: model)
        layers.append((Self.topLevel, group, try group.strings("weight_names", in: file) ?? []))
      }
    case .count(let count):
      guard 0...root.names.count ~= count else {
        throw HDF5Error(
          .damaged, at: root.headerAddress,
          "its attribute nb_layers announces \(count) layers, and there are \(root.names.count) groups",
          remedy: "The file was not written to its end, or was changed afterwards: get it again.")
      }
      for number in 0..<count {
        let group = try file.object(at: "layer_\(number)", in: root)
        let parameterCount = try group.integer("nb_params", in: file) ?? group.names.count
        guard 0...group.names.count ~= parameterCount else {
          throw HDF5Error(
            .damaged, at: group.headerAddress,
            "the layer \(group.path) announces \(parameterCount) weights, and has \(group.names.count)")
        }
        layers.append(("layer_\(number)", group, (0..<parameterCount).map { "param_\($0)" }))
      }
    }
    return try layers.map { layer throws(HDF5Error) in
      try layer.weights.map { weight throws(HDF5Error) in
        let object = try dataSet(weight, in: layer.group, of: file)
        try HDF5Error.about(object.path) { () throws(HDF5Error) in
          // A data set that has two names is not what Keras writes, and would let a small file claim many tensors.
          guard addresses.insert(object.headerAddress).inserted else {
            throw HDF5Error(.damaged, at: object.headerAddress, "it is listed twice, or under two names")
          }
        }
        let path = weight.hasPrefix("/") ? weight : "\(layer.name)/\(weight)"
        return KerasTensors.Entry(
          name: String(path.trimmingPrefix("/")), dataSet: try HDF5File.DataSet(object, in: file))
      }
    }
  }

  /// The group of a layer; below the root of the file if it is not where the other layers are.
  private func group(of layer: String, in file: HDF5File) throws(HDF5Error) -> HDF5File.Object {
    let first = layer.split(separator: "/").first.map(String.init) ?? ""
    let isElsewhere = !model.contains(first) && root.contains(first)
    return try file.object(at: layer, in: isElsewhere ? root : model)
  }

  /// The data set of a weight, whose path counts from the group of its layer. Some programs count it from the model.
  private func dataSet(
    _ weight: String, in group: HDF5File.Object, of file: HDF5File
  ) throws(HDF5Error) -> HDF5File.Object {
    do throws(HDF5Error) {
      return try file.object(at: weight, in: group)
    } catch {
      do throws(HDF5Error) {
        return try file.object(at: weight, in: model)
      } catch _ {
        throw error
      }
    }
  }
}
