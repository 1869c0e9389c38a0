import GraftFiles

/// The form of `.weights.h5` and `.keras`: groups that follow the layers' attributes and classes, with the variables of
/// each in a group `vars` (Keras 3.15, saving/saving_lib.py).
struct KerasVariables {
  /// One variable and what names it.
  private struct Variable {
    /// The names of the groups that lead here.
    let keys: [String]
    /// What it is called by: the attributes and the names of the layers that lead here; nil if a layer is not named.
    let path: [String]?
    /// Its number, among the variables of its layer.
    let number: String
    let object: HDF5File.Object
  }

  /// How many groups may lie in each other: several times what models inside models come to.
  private static let greatestDepth = 64

  private let file: HDF5File
  private var variables: [Variable] = []
  private var seen: Set<Int> = []

  /// Where the variables lie.
  var addresses: Set<Int> { Set(variables.map(\.object.headerAddress)) }

  /// Groups that list the layers of a model, each called after its class.
  private static let lists = ["layers", "_layer_checkpoint_dependencies"]

  /// Finds all variables.
  init(in file: HDF5File) throws(HDF5Error) {
    self.file = file
    let root = try file.root
    guard (["vars"] + Self.lists).contains(where: root.contains) else {
      throw try Self.foreign(root, in: file)
    }
    try collect(in: root, keys: [], path: [])
    guard !variables.isEmpty else {
      throw HDF5Error(
        .foreign, at: nil, "this Keras file holds no variables",
        remedy: "Check that this is the file you meant.")
    }
  }

  /// The error for a file that is not Keras'.
  private static func foreign(_ root: HDF5File.Object, in file: HDF5File) throws(HDF5Error) -> HDF5Error {
    // Caffe's snapshots: the layers in a group data, and in training files what the solver keeps.
    if root.contains("data") || root.contains("learned_net"), root.names.count <= 4,
      root.contains("learned_net") || (try? file.object(at: "data", in: root).isGroup) == true
    {
      let isSolver = root.contains("learned_net")
      return HDF5Error(
        .foreign, at: nil,
        isSolver
          ? "this is the state of a Caffe solver in HDF5 form, which holds no network"
          : "this is a Caffe model in HDF5 form, which Graft does not read",
        remedy: "Take the .caffemodel: Caffe writes it with snapshot_format: BINARYPROTO.")
    }
    return HDF5Error(
      .foreign, at: nil,
      "this HDF5 file has neither an attribute layer_names nor groups of layers and variables, so it holds no Keras "
        + "model",
      remedy: "Check that this is the file you meant.")
  }

  /// - Parameters:
  ///   - keys: the names of the groups that lead here.
  ///   - path: what variables here are called by. An attribute of a model or a layer stands for itself. An entry of a
  ///     list of layers is called after its class and number, which says little: its own name stands for it. Keras makes
  ///     up names, however, and counts on from one model to the next of a session; in a model that is an attribute of
  ///     another, such a name is not taken.
  private mutating func collect(
    in group: HDF5File.Object, keys: [String], path: [String]?
  ) throws(HDF5Error) {
    guard seen.insert(group.headerAddress).inserted else {
      throw Self.repeated(group)
    }
    guard keys.count < Self.greatestDepth else {
      throw HDF5Error(
        .damaged, at: group.headerAddress, "its layers lie more than \(Self.greatestDepth) deep in each other"
      )
    }
    for key in Self.ordered(group.names) where !Self.isState(key, in: keys) {
      let child = try file.object(at: key, in: group)
      if key == "vars" {
        try collectVariables(in: child, keys: keys, path: path)
      } else if child.isGroup {
        let inner: [String]?
        if Self.lists.contains(key) {
          inner = path
        } else if let list = keys.last, Self.lists.contains(list) {
          var name: String?
          if child.contains("vars") {
            name = try file.object(at: "vars", in: child).strings("name", in: file)?.first
          }
          let isOfAttribute = keys.first.map { !Self.lists.contains($0) } ?? false
          if isOfAttribute, name.map({ Self.stem($0) == Self.stem(key) }) ?? true { name = "\(list)/\(key)" }
          inner = name.flatMap { name in path.map { $0 + [name] } }
        } else {
          inner = path.map { $0 + [key] }
        }
        try collect(in: child, keys: keys + [key], path: inner)
      }
    }
  }

  private mutating func collectVariables(
    in group: HDF5File.Object, keys: [String], path: [String]?
  ) throws(HDF5Error) {
    for number in Self.ordered(group.names) {
      let object = try file.object(at: number, in: group)
      guard seen.insert(object.headerAddress).inserted else {
        throw Self.repeated(object)
      }
      variables.append(Variable(keys: keys, path: path, number: number, object: object))
    }
  }

  /// Whether a group is no layer: what is saved beside the layers, or a layer's random generator.
  private static func isState(_ key: String, in keys: [String]) -> Bool {
    key == "seed_generator" || keys.isEmpty && ["optimizer", "metrics", "_metrics"].contains(key)
  }

  /// By name, and by number among those that differ in it only: `conv2d`, `conv2d_1`, `conv2d_10`; `0`, `1`, `10`.
  private static func ordered(_ keys: [String]) -> [String] {
    keys.map { key in
      let digits = key.reversed().prefix { $0.isASCII && $0.isNumber }.count
      return (key: key, stem: stem(key), number: Int(key.suffix(digits)) ?? 0)
    }.sorted { ($0.stem, $0.number, $0.key) < ($1.stem, $1.number, $1.key) }.map(\.key)
  }

  /// A name without the number at its end.
  private static func stem(_ name: String) -> Substring {
    let stem = name.dropLast(name.reversed().prefix { $0.isASCII && $0.isNumber }.count)
    return stem.last == "_" ? stem.dropLast() : stem
  }

  private static func repeated(_ object: HDF5File.Object) -> HDF5Error {
    HDF5Error(
      .damaged, at: object.headerAddress, "\(object.path) is there under two names, or within itself")
  }
}

// MARK: Names

extension KerasVariables {
  /// The variables under the names of their layers, or, where a layer has none or one is there twice, under their paths.
  ///
  /// - Parameter configuration: the model's own description, if there is one: it knows the order of the layers, and their
  ///   names where the file does not have them.
  func entries(describedBy configuration: KerasConfiguration?) throws(HDF5Error) -> [KerasTensors.Entry] {
    var variables = variables
    if let configuration {
      variables = variables.map { (configuration.places(of: $0.keys), $0) }.enumerated().sorted {
        one, other in
        let (place, otherPlace) = (one.element.0, other.element.0)
        return place == otherPlace ? one.offset < other.offset : place.lexicographicallyPrecedes(otherPlace)
      }.map(\.element.1)
    }
    let names =
      Self.distinct(variables.map { ($0.path, $0.number) })
      ?? configuration.flatMap { configuration in
        Self.distinct(variables.map { (configuration.layerNames(at: $0.keys), $0.number) })
      } ?? variables.map { ($0.keys + ["vars", $0.number]).joined(separator: "/") }
    return try zip(names, variables).map { name, variable throws(HDF5Error) in
      KerasTensors.Entry(name: name, dataSet: try HDF5File.DataSet(variable.object, in: file))
    }
  }

  private static func distinct(_ variables: [(path: [String]?, number: String)]) -> [String]? {
    var names: [String] = []
    for (path, number) in variables {
      guard let path else { return nil }
      names.append((path + ["vars", number]).joined(separator: "/"))
    }
    return Set(names).count == names.count ? names : nil
  }
}
