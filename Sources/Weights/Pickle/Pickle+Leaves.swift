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
    var search = Search(pickle: self, separator: separator, byteCountLeft: 1 << 16 + 16 * bytes.count)
    try search.visit(value, path: [], depth: 0, ownName: ownName)
    return search.leaves
  }

  private struct Search {
    let pickle: Pickle
    let separator: String
    /// Names repeat the keys above them: a limit to what a few long keys over many tensors can cost.
    var byteCountLeft: Int
    var leaves: [Leaf] = []
    private var names: Set<String> = []
    private var visited: Set<Int> = []

    init(pickle: Pickle, separator: String, byteCountLeft: Int) {
      self.pickle = pickle
      self.separator = separator
      self.byteCountLeft = byteCountLeft
    }

    mutating func visit(_ value: Value, path: [Value], depth: Int, ownName: String) throws {
      guard case .object(let number) = value else { return }
      switch pickle.objects[number] {
      case .tensor, .array: break
      // An empty tuple or list, above all, is found again and again.
      case .dictionary, .list, .tuple:
        guard visited.insert(number).inserted else { return }
        guard depth < Pickle.deepest else {
          throw damaged(nil, "it nests more than \(Pickle.deepest) lists or dictionaries in each other")
        }
      default: return
      }
      switch pickle.objects[number] {
      case .dictionary(let entries):
        for (key, value) in entries {
          try visit(value, path: path + [key], depth: depth + 1, ownName: ownName)
        }
      case .list(let values), .tuple(let values):
        for (index, value) in values.enumerated() {
          try visit(value, path: path + [.integer(index)], depth: depth + 1, ownName: ownName)
        }
      case .array(let array):
        if case .object(let content) = array.content, case .list(let values) = pickle.objects[content] {
          // An array of objects; one without axes holds just one.
          let isScalar = array.dimensions.isEmpty && values.count == 1
          guard visited.insert(content).inserted else { return }
          for (index, value) in values.enumerated() {
            try visit(
              value, path: isScalar ? path : path + [.integer(index)], depth: depth + 1, ownName: ownName)
          }
        } else {
          try add(number, path, ownName)
        }
      default: try add(number, path, ownName)
      }
    }

    private mutating func add(_ number: Int, _ path: [Value], _ ownName: String) throws {
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
