import GraftFiles

/// The tensors of a pickle that PyTorch wrote: those of the state dict, if there is one in it.
struct StateDictionary {
  /// In the order of the pickle, each name once.
  let entries: [(name: String, tensor: PyTorchTensor)]
  /// What lies beside them and was left out, as sentences.
  let notes: [String]

  /// Under which checkpoints keep the state dict, beside other things.
  private static let wrappers = ["state_dict", "model_state_dict", "model"]
  /// A wrapper may be wrapped again.
  private static let deepestWrapper = 4

  init(_ pickle: Pickle) throws {
    var value = pickle.root
    var besides: [(wrapper: String, dictionary: Pickle.Value)] = []
    unwrapping: for _ in 0..<Self.deepestWrapper {
      for wrapper in Self.wrappers {
        guard let inner = pickle.value(of: wrapper, in: value), pickle.dictionary(inner) != nil,
          try !Self.tensors(pickle.leaves(in: inner, separator: ".", ownName: "tensor"), of: pickle).isEmpty
        else { continue }
        besides.append((wrapper, value))
        value = inner
        continue unwrapping
      }
      break
    }
    // Only now: what lies beside a state dict need not be understood.
    let leaves = try pickle.leaves(in: value, separator: ".", ownName: "tensor")
    entries = Self.tensors(leaves, of: pickle)
    guard !entries.isEmpty else {
      throw Self.noTensor(in: pickle, leaves)
    }
    notes =
      Self.notes(about: leaves.foreign, of: pickle) + Self.notes(aboutArraysIn: leaves, of: pickle)
      + besides.flatMap { wrapper, dictionary in Self.notes(besides: wrapper, in: dictionary, of: pickle) }
  }

  private static func noTensor(in pickle: Pickle, _ leaves: Pickle.Leaves) -> WeightFileError {
    let problem: String
    if let name = pickle.className(pickle.root) {
      problem =
        "this is a whole Python object of the class \(name), and not a state dict: only Python with that class can read it"
    } else if let object = leaves.foreign.first {
      problem =
        "there is no tensor in it; \(object.names.first ?? "") is a whole Python object of the class "
        + "\(pickle.classNames[object.classNumber]), which only Python with that class can read"
    } else {
      problem = "there is no tensor in it"
    }
    return WeightFileError(
      .unsupported, pickle.bytes.file, part: pickle.part, problem,
      remedy: "A state dict is wanted. In Python: torch.save(model.state_dict(), \"weights.pth\").")
  }

  private static func tensors(
    _ leaves: Pickle.Leaves, of pickle: Pickle
  ) -> [(name: String, tensor: PyTorchTensor)] {
    leaves.found.compactMap { leaf in
      guard case .tensor(let tensor) = pickle.objects[leaf.object] else { return nil }
      return (leaf.name, tensor)
    }
  }
}

// MARK: What is left out

extension StateDictionary {
  private static let mostNames = 3
  private static let longestName = 1000

  private static func list(_ names: [String], of count: Int) -> String {
    names.prefix(mostNames).joined(separator: ", ").printable + (count > mostNames ? ", …" : "")
  }

  /// Objects, class by class.
  private static func notes(about foreign: [Pickle.ForeignLeaves], of pickle: Pickle) -> [String] {
    foreign.map { objects in
      let kind = objects.count > 1 ? "which are no tensors" : "which is no tensor"
      return "Left out: \(list(objects.names, of: objects.count)) of the class "
        + "\(pickle.classNames[objects.classNumber].printable), \(kind)."
    }
  }

  private static func notes(aboutArraysIn leaves: Pickle.Leaves, of pickle: Pickle) -> [String] {
    let arrays = leaves.found.filter { leaf in
      if case .array = pickle.objects[leaf.object] { return true }
      return false
    }.map(\.name)
    return arrays.isEmpty
      ? [] : ["Left out: \(list(arrays, of: arrays.count)), which NumPy saved and PyTorch did not."]
  }

  /// What lies beside a state dict: key by key, where it holds tensors, and objects.
  private static func notes(
    besides wrapper: String, in dictionary: Pickle.Value, of pickle: Pickle
  ) -> [String] {
    func name(_ key: Pickle.Value) -> String? {
      guard case .text(let text) = key, text.count <= longestName else { return nil }
      return text.text
    }
    let others = (pickle.dictionary(dictionary) ?? []).filter { name($0.key) != wrapper }
    let (counts, foreign) = pickle.survey(others)
    let tensors = counts.compactMap { key, count -> String? in
      let name = (name(key) ?? "?").printable
      guard let count else { return "Left out: \(name), which cannot be followed." }
      let what = count == 1 ? "1 tensor" : "\(count) tensors"
      return count > 0 ? "Left out: \(name), \(what) beside \(wrapper)." : nil
    }
    return tensors + notes(about: foreign, of: pickle)
  }
}
