import Foundation
import GraftFiles
import GraftTensor

extension KerasHDF5File {
  /// Writes a file of weights that Keras loads, as Keras 2 writes it: `model.load_weights("weights.h5")`, in the order of
  /// the model's layers, or with `by_name=True`. The same input gives the same bytes.
  ///
  /// ```swift
  /// try KerasHDF5File.write(
  ///   [("block1_conv1/block1_conv1/kernel:0", kernel), ("block1_conv1/block1_conv1/bias:0", bias)], to: file)
  /// ```
  ///
  /// float32, int32 and uint8 are written as they are, bfloat16 as float32. Keras orders kernels as Graft does.
  ///
  /// - Parameters:
  ///   - tensors: layer by layer in the order of the model, and in each in the order of Keras (kernel, bias; gamma, beta,
  ///     moving mean, moving variance). A name is as this reader has it: the layer, a slash, and the weight's own name,
  ///     which in Keras 2 begins with the layer again. A name without a slash is taken apart at its last point, as
  ///     `block1.conv1.kernel`. No two are of one name.
  ///   - destination: where to; what lay there is replaced.
  /// - Throws: `FileError`, and then what lay at `destination` is still there; ``WeightFileError`` if a name cannot stand
  ///   in such a file.
  public static func write(_ tensors: [(name: String, tensor: Tensor)], to destination: URL) throws {
    require(
      Set(tensors.map(\.name)).count == tensors.count,
      "Two tensors of one name cannot go into one Keras file: \(tensors.map(\.name)).")
    // Keras computes in float32 or more.
    let tensors = tensors.map { name, tensor in
      (name, tensor.scalarType == .bfloat16 ? tensor.converted(to: .float32) : tensor)
    }
    var model = Model(destination: destination)
    for (name, tensor) in tensors { try model.add(name, tensor) }
    let descriptions = HDF5Writer.descriptions(of: try model.root(), arraysCount: model.arraysCount)
    let file = try AtomicFile(at: destination)
    try file.write(descriptions)
    for (_, tensor) in tensors {
      try unsafe tensor.withUnsafeBytes { bytes in
        try unsafe file.write(bytes)
        try file.write([UInt8](repeating: 0, count: Model.padding(after: bytes.count)))
      }
    }
    try file.commit()
  }

  /// The groups and attributes of a file to be written.
  private struct Model {
    let destination: URL
    /// How many bytes all arrays take.
    private(set) var arraysCount = 0
    private var layers: [String] = []
    private var weights: [String: [String]] = [:]
    private var groups: [String: HDF5Writer.Group] = [:]

    init(destination: URL) { self.destination = destination }

    /// Arrays begin at multiples of eight bytes.
    static func padding(after count: Int) -> Int { (8 - count % 8) % 8 }

    mutating func add(_ name: String, _ tensor: Tensor) throws {
      let separator = name.firstIndex(of: "/") ?? name.lastIndex(of: ".")
      let layer = separator.map { String(name[..<$0]) } ?? name
      let weight = separator.map { String(name[name.index(after: $0)...]) } ?? name
      let path = weight.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard ([layer] + path).allSatisfy({ !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }) else {
        throw unwritable(name, "parts of its name are empty or without meaning in HDF5")
      }
      let byteCount = tensor.scalarCount * tensor.scalarType.byteCount
      let array = HDF5Writer.Array(
        type: Self.type(of: tensor), dimensions: tensor.shape.dimensions, byteCount: byteCount,
        offset: arraysCount)
      var group = groups[layer] ?? HDF5Writer.Group()
      guard group.insert(.array(array), at: path[...]) else {
        throw unwritable(name, "another tensor has a part of its name for itself")
      }
      if groups.updateValue(group, forKey: layer) == nil { layers.append(layer) }
      weights[layer, default: []].append(weight)
      arraysCount += byteCount + Self.padding(after: byteCount)
    }

    /// The whole file, with the attributes by which Keras finds its weights.
    func root() throws -> HDF5Writer.Group {
      var root = HDF5Writer.Group()
      for (layer, var group) in groups {
        group.attributes = try list("weight_names", weights[layer] ?? [])
        root.members[layer] = .group(group)
      }
      // Of all that Keras does by these, only the rules of Keras 1 and of Theano would change anything.
      root.attributes = [("backend", .one("tensorflow")), ("keras_version", .one("2.1.6"))]
      root.attributes += try list("layer_names", layers)
      return root
    }

    /// A list in one attribute, or split evenly over as many as it takes, as Keras splits it.
    private func list(
      _ name: String, _ texts: [String]
    ) throws -> [(name: String, texts: HDF5Writer.Texts)] {
      if let text = texts.first(where: { $0.utf8.count > HDF5Writer.longestText }) {
        throw unwritable(
          text, "its name is longer than the \(HDF5Writer.longestText) bytes that an attribute holds")
      }
      var pieceCount = 1
      var pieces = [texts]
      while pieces.contains(where: { $0.count * HDF5Writer.longest($0) > HDF5Writer.longestText }) {
        pieceCount += 1
        let bounds = (0...pieceCount).map { $0 * texts.count / pieceCount }
        pieces = zip(bounds, bounds.dropFirst()).map { Array(texts[$0..<$1]) }
      }
      guard pieces.count > 1 else { return [(name, .list(texts))] }
      return pieces.enumerated().map { ("\(name)\($0.offset)", .list($0.element)) }
    }

    private func unwritable(_ name: String, _ problem: String) -> WeightFileError {
      WeightFileError(
        .unsupported, destination, part: name, "\(problem), so that it cannot be written as Keras HDF5",
        remedy: "Give it another name, or write safetensors.")
    }

    private static func type(of tensor: Tensor) -> HDF5Writer.NumberType {
      switch tensor.scalarType {
      case .float32, .bfloat16: .float32
      case .int32: .int32
      case .uint8: .uint8
      }
    }
  }
}

extension HDF5Writer.Group {
  /// Puts something at a path, with the groups above it; false if something else is in the way.
  fileprivate mutating func insert(_ node: HDF5Writer.Node, at path: ArraySlice<String>) -> Bool {
    guard let name = path.first else { return false }
    guard path.count > 1 else {
      guard members[name] == nil else { return false }
      members[name] = node
      return true
    }
    var group = HDF5Writer.Group()
    switch members[name] {
    case .group(let existing): group = existing
    case .array: return false
    case nil: break
    }
    guard group.insert(node, at: path.dropFirst()) else { return false }
    members[name] = .group(group)
    return true
  }
}
