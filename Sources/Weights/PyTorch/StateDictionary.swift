import GraftFiles

/// The tensors of a pickle that PyTorch wrote: those of the state dict, if there is one in it.
struct StateDictionary {
  /// In the order of the pickle, each name once.
  let entries: [(name: String, tensor: PyTorchTensor)]

  /// Under which checkpoints keep the state dict, beside other things.
  private static let wrappers = ["state_dict", "model_state_dict", "model"]
  /// A wrapper may be wrapped again.
  private static let deepestWrapper = 4

  init(_ pickle: Pickle) throws {
    var value = pickle.root
    unwrapping: for _ in 0..<Self.deepestWrapper {
      for wrapper in Self.wrappers {
        guard let inner = pickle.value(of: wrapper, in: value), pickle.dictionary(inner) != nil,
          try !Self.entries(in: inner, of: pickle).isEmpty
        else { continue }
        value = inner
        continue unwrapping
      }
      break
    }
    // Only now: what lies beside a state dict need not be understood.
    entries = try Self.entries(in: value, of: pickle)
    guard !entries.isEmpty else {
      throw WeightFileError(
        .unsupported, pickle.bytes.file, part: pickle.part, "there is no tensor in it",
        remedy: "A state dict is wanted. In Python: torch.save(model.state_dict(), \"weights.pth\").")
    }
  }

  private static func entries(
    in value: Pickle.Value, of pickle: Pickle
  ) throws -> [(name: String, tensor: PyTorchTensor)] {
    try pickle.leaves(in: value, separator: ".", ownName: "tensor").compactMap { leaf in
      guard case .tensor(let tensor) = pickle.objects[leaf.object] else { return nil }
      return (leaf.name, tensor)
    }
  }
}
