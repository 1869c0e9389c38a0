import GraftFiles

extension Pickle {
  /// A tensor or an array, and where it lies among the dictionaries, lists and tuples of a pickle.
  struct Leaf: Sendable {
    /// The keys on the way, and the numbers in lists, joined by the separator.
    let name: String
    /// Its number among the objects.
    let object: Int
  }

  /// More levels than any program nests.
  private static let deepest = 64

  /// Finds all tensors and arrays in a value, in the order of the pickle. A dictionary or list that lies in it in several
  /// places, perhaps in itself, is found at the first.
  ///
  /// - Parameters:
  ///   - value: a dictionary of tensors, or whatever contains such.
  ///   - separator: what comes between the parts of a name.
  ///   - ownName: the name of a tensor that is the value itself.
  /// - Throws: ``WeightFileError`` if two have one name, or a name is no text, or they are nested too deeply.
  func leaves(in value: Value, separator: String, ownName: String) throws -> [Leaf] {
    var search = Search(pickle: self, separator: separator, ownName: ownName)
    try search.visit(value, path: [], depth: 0)
    return search.leaves
  }

  private struct Search {
    let pickle: Pickle
    let separator: String
    let ownName: String
    private(set) var leaves: [Leaf] = []
    private var names: Set<String> = []
    private var visited: Set<Int> = []
    /// Names repeat the keys above them: a limit to what a few long keys over many tensors can cost.
    private var byteCountLeft: Int

    init(pickle: Pickle, separator: String, ownName: String) {
      self.pickle = pickle
      self.separator = separator
      self.ownName = ownName
      byteCountLeft = 1 << 16 + 16 * pickle.bytes.count
    }

    /// - Parameter isScalar: whether a list stands for the one object in it.
    mutating func visit(_ value: Value, path: [Value], depth: Int, isScalar: Bool = false) throws {
      guard case .object(let number) = value else { return }
      guard depth < Pickle.deepest else {
        throw damaged(nil, "it nests more than \(Pickle.deepest) lists or dictionaries in each other")
      }
      switch pickle.objects[number] {
      case .storage, .elementType: break
      case .tensor: try add(number, path)
      case .array(let array):
        guard case .object = array.content else { return try add(number, path) }
        // Objects lie in a list; an array without axes is just one of them.
        try visit(array.content, path: path, depth: depth + 1, isScalar: array.dimensions.isEmpty)
      case .dictionary(let entries):
        guard visited.insert(number).inserted else { return }
        for (key, value) in entries { try visit(value, path: path + [key], depth: depth + 1) }
      case .list(let values), .tuple(let values):
        guard visited.insert(number).inserted else { return }
        for (index, value) in values.enumerated() {
          let isPart = !isScalar || values.count > 1
          try visit(value, path: isPart ? path + [.integer(index)] : path, depth: depth + 1)
        }
      }
    }

    private mutating func add(_ number: Int, _ path: [Value]) throws {
      var parts: [String] = []
      for key in path {
        switch key {
        case .text(let text):
          byteCountLeft -= text.count
          guard byteCountLeft >= 0 else {
            throw damaged(nil, "the names of its tensors are longer than the file")
          }
          guard let part = text.text else { throw damaged(nil, "the name of a tensor is not UTF-8") }
          parts.append(part)
        case .integer(let integer): parts.append(String(integer))
        default: throw damaged(nil, "a tensor is filed under a key that is neither text nor a number")
        }
      }
      let name = path.isEmpty ? ownName : parts.joined(separator: separator)
      guard names.insert(name).inserted else { throw damaged(name, "two tensors have this name") }
      leaves.append(Leaf(name: name, object: number))
    }

    private func damaged(_ name: String?, _ problem: String) -> WeightFileError {
      WeightFileError(.damaged, pickle.bytes.file, part: name ?? pickle.part, problem)
    }
  }
}
