import GraftFiles

/// The form of `.weights.h5` and `.keras`: groups that follow the layers' attributes and classes, with the variables of
/// each in a group `vars` (Keras 3.15, saving/saving_lib.py).
struct KerasVariables {
  /// One variable and what names it.
  private struct Variable {
    /// The names of the groups that lead here.
    let keys: [String]
    /// The names of the layers that lead here; nil if one of them is not named.
    let layers: [String]?
    /// Its number, among the variables of its layer.
    let number: String
    let object: HDF5File.Object
  }

  /// How many groups may lie in each other: several times what models inside models come to.
  private static let greatestDepth = 64

  private let file: HDF5File
  private var variables: [Variable] = []
  private var seen: Set<Int> = []

  /// Finds all variables.
  init(in file: HDF5File) throws(HDF5Error) {
    self.file = file
    let root = try file.root
    guard ["vars", "layers", "_layer_checkpoint_dependencies"].contains(where: root.contains) else {
      throw HDF5Error(
        .foreign, at: nil,
        "this HDF5 file has neither an attribute layer_names nor groups of layers and variables, so it holds no Keras "
          + "model",
        remedy: "Check that this is the file you meant.")
    }
    try collect(in: root, keys: [], layers: [])
    guard !variables.isEmpty else {
      throw HDF5Error(
        .foreign, at: nil, "this Keras file holds no variables",
        remedy: "Check that this is the file you meant.")
    }
  }

  private mutating func collect(
    in group: HDF5File.Object, keys: [String], layers: [String]?
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
        try collectVariables(in: child, keys: keys, layers: layers)
      } else if child.isGroup {
        // A list of layers has no variables and no name of its own.
        let isList = !child.contains("vars")
        let name = isList ? nil : try file.object(at: "vars", in: child).strings("name", in: file)?.first
        let names = isList ? layers : name.flatMap { name in layers.map { $0 + [name] } }
        try collect(in: child, keys: keys + [key], layers: names)
      }
    }
  }

  private mutating func collectVariables(
    in group: HDF5File.Object, keys: [String], layers: [String]?
  ) throws(HDF5Error) {
    for number in Self.ordered(group.names) {
      let object = try file.object(at: number, in: group)
      guard seen.insert(object.headerAddress).inserted else {
        throw Self.repeated(object)
      }
      variables.append(Variable(keys: keys, layers: layers, number: number, object: object))
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
      var stem = key.dropLast(digits)
      if stem.last == "_" { stem.removeLast() }
      return (key: key, stem: stem, number: Int(key.suffix(digits)) ?? 0)
    }.sorted { ($0.stem, $0.number, $0.key) < ($1.stem, $1.number, $1.key) }.map(\.key)
  }

  private static func repeated(_ object: HDF5File.Object) -> HDF5Error {
    HDF5Error(
      .damaged, at: object.headerAddress, "\(object.path) is there under two names, or within itself")
  }
}

// MARK: Names

extension KerasVariables {
  /// The variables under the names of their layers, or, where they have none or one is there twice, under their paths.
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
      Self.distinct(variables.map { ($0.layers, $0.number) })
      ?? configuration.flatMap { configuration in
        Self.distinct(variables.map { (configuration.layerNames(at: $0.keys), $0.number) })
      } ?? variables.map { ($0.keys + ["vars", $0.number]).joined(separator: "/") }
    return try zip(names, variables).map { name, variable throws(HDF5Error) in
      KerasTensors.Entry(name: name, dataSet: try HDF5File.DataSet(variable.object, in: file))
    }
  }

  private static func distinct(_ variables: [(layers: [String]?, number: String)]) -> [String]? {
    var names: [String] = []
    for (layers, number) in variables {
      guard let layers else { return nil }
      names.append((layers + ["vars", number]).joined(separator: "/"))
    }
    return Set(names).count == names.count ? names : nil
  }
}
