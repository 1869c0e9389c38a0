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

  /// Finds all tensors, arrays and foreign objects in a value, in the order of the pickle. A dictionary or list that lies
  /// in it in several places, perhaps in itself, is found at the first. A foreign object stands for what was put into it
  /// as into a dictionary, if that holds tensors.
  ///
  /// - Parameters:
  ///   - value: a dictionary of tensors, or whatever contains such.
  ///   - separator: what comes between the parts of a name.
  ///   - ownName: the name of a tensor that is the value itself.
  /// - Throws: ``WeightFileError`` if two have one name, or a name is no text, or they are nested too deeply.
  func leaves(in value: Value, separator: String, ownName: String) throws -> Leaves {
    var search = Search(pickle: self, separator: separator, ownName: ownName)
    try search.visit(value, path: [], depth: 0)
    return Leaves(found: search.leaves, foreign: search.foreign)
  }

  /// What lies in a value.
  struct Leaves: Sendable {
    let found: [Leaf]
    /// Objects that are not understood, by their classes.
    let foreign: [ForeignLeaves]
  }

  /// Objects of one class: how many there are, and what the first ones are called.
  struct ForeignLeaves: Sendable {
    let classNumber: Int
    fileprivate(set) var count = 0
    fileprivate(set) var names: [String] = []
  }

  /// Counts the tensors and arrays in each value of a dictionary, each where it is met first, and finds the foreign
  /// objects in all of them; nil stands for a value that cannot be followed.
  func survey(
    _ entries: [(key: Value, value: Value)]
  ) -> (counts: [(key: Value, count: Int?)], foreign: [ForeignLeaves]) {
    // One search, so that what many values share is looked at once.
    var search = Search(pickle: self, separator: ".", ownName: "")
    let counts = entries.map { key, value in
      let before = search.leaves.count
      do {
        try search.visit(value, path: [key], depth: 0)
        return (key: key, count: search.leaves.count - before as Int?)
      } catch {
        return (key: key, count: nil)
      }
    }
    return (counts, search.foreign)
  }

  private struct Search {
    let pickle: Pickle
    let separator: String
    let ownName: String
    private(set) var leaves: [Leaf] = []
    private(set) var foreign: [ForeignLeaves] = []
    private var places: [Int: Int] = [:]
    private static let mostNames = 4
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
      if case .global(.foreign(let number)) = value { return addForeign(number, path) }
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
      case .foreign(let object):
        guard visited.insert(number).inserted else { return }
        let count = leaves.count
        for (key, value) in object.entries { try visit(value, path: path + [key], depth: depth + 1) }
        if leaves.count == count { addForeign(object.classNumber, path) }
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

    /// Objects that are left out need no names that can be relied on.
    private mutating func addForeign(_ classNumber: Int, _ path: [Value]) {
      let place = places[classNumber] ?? foreign.count
      if place == foreign.count {
        places[classNumber] = place
        foreign.append(ForeignLeaves(classNumber: classNumber))
      }
      foreign[place].count += 1
      guard foreign[place].names.count < Self.mostNames else { return }
      let parts = path.map { key in
        switch key {
        case .text(let text) where text.count <= byteCountLeft:
          byteCountLeft -= text.count
          return text.text ?? "?"
        case .integer(let integer): return String(integer)
        default: return "?"
        }
      }
      foreign[place].names.append(path.isEmpty ? ownName : parts.joined(separator: separator))
    }

    private func damaged(_ name: String?, _ problem: String) -> WeightFileError {
      WeightFileError(.damaged, pickle.bytes.file, part: name ?? pickle.part, problem)
    }
  }
}
