/// The Python functions and classes that a weight file may name. None of them is ever called: each is recognized, and
/// what its call would have made is described. What any other would have made is an object that is left out; names that
/// only attacks have, and ways to make tensors that are not known here, end the reading.
enum PickleGlobal: Hashable, Sendable {
  /// `collections.OrderedDict` and its like: called with nothing, with pairs, or with a dictionary.
  case dictionary
  /// `torch._utils._rebuild_tensor` and its second and third version.
  case rebuildTensor(version: Int)
  /// A tensor, and what PyTorch knows about it as a parameter.
  case rebuildParameter
  /// A subclass of tensor: the function that makes the tensor, the class, the function's arguments, the state.
  case rebuildFromType
  /// `torch.FloatStorage`, and so on; nil for a storage of bytes.
  case storage(PyTorchElementType?)
  /// `torch.float32`, and so on.
  case elementType(PyTorchElementType)
  /// `torch.Size`.
  case size
  case numPyReconstruct
  case numPyElementType
  case numPyArray
  /// `_codecs.encode`, with which Python 3 writes bytes where the protocol has only text.
  case encode
  /// What makes nothing that weights need: devices, sets, scalars.
  case inert
  /// Any other, by its number among these.
  case foreign(Int)

  /// A name on the list; nil for any other.
  init?(module: String, name: String) {
    if module == "torch" || module == "torch.cuda", let type = PyTorchElementType(storage: name) {
      self = .storage(type)
    } else if module == "torch", let type = PyTorchElementType(name: name) {
      self = .elementType(type)
    } else if let global = Self.others["\(module) \(name)"] {
      self = global
    } else {
      return nil
    }
  }

  private static let others: [String: PickleGlobal] = [
    "collections OrderedDict": .dictionary,
    "collections defaultdict": .dictionary,
    "collections Counter": .dictionary,
    "torch._utils _rebuild_tensor": .rebuildTensor(version: 1),
    "torch._utils _rebuild_tensor_v2": .rebuildTensor(version: 2),
    "torch._utils _rebuild_tensor_v3": .rebuildTensor(version: 3),
    "torch._utils _rebuild_parameter": .rebuildParameter,
    "torch._utils _rebuild_parameter_with_state": .rebuildParameter,
    "torch._tensor _rebuild_from_type_v2": .rebuildFromType,
    "torch.storage UntypedStorage": .storage(nil),
    "torch.storage TypedStorage": .storage(nil),
    "torch Size": .size,
    "torch device": .inert,
    "torch Tensor": .inert,
    "torch.nn.parameter Parameter": .inert,
    "torch.serialization _get_layout": .inert,
    "numpy.core.multiarray _reconstruct": .numPyReconstruct,
    "numpy._core.multiarray _reconstruct": .numPyReconstruct,
    "numpy.core.multiarray scalar": .inert,
    "numpy._core.multiarray scalar": .inert,
    "numpy dtype": .numPyElementType,
    "numpy ndarray": .numPyArray,
    "_codecs encode": .encode,
    "builtins set": .inert,
    "builtins bytearray": .inert,
    "builtins complex": .inert,
    "__builtin__ set": .inert,
    "__builtin__ bytearray": .inert,
    "__builtin__ complex": .inert,
  ]

  /// Why a file is refused that so much as names something; nil for what can be left out.
  static func refusal(module: String, name: String) -> (problem: String, remedy: String)? {
    let full = "\(module).\(name)"
    if name.contains("_qtensor") || name.hasPrefix("Q") && name.hasSuffix("Storage") {
      return (
        "it holds quantized numbers (\(full)), which Graft does not read",
        "In Python, save the tensors as floating-point numbers: tensor.dequantize()."
      )
    }
    if name.contains("sparse"), module.hasPrefix("torch") {
      return (
        "it holds sparse tensors (\(full)), which Graft does not read",
        "In Python, save them densely: tensor.to_dense()."
      )
    }
    // A tensor that is left out would be a weight that is lost.
    let makesTensors = module.hasPrefix("torch") && (name.hasPrefix("_rebuild") || name.hasSuffix("Storage"))
    guard makesTensors || isAttack(module: module, name: name) else { return nil }
    return (
      "its pickle wants to call \(full), which is none of the few functions that tensors need; nothing was run",
      "If you trust its source, load it in Python, and save the tensors: "
        + "torch.save(model.state_dict(), \"weights.pth\")."
    )
  }

  /// Whether no file has an honest reason to name this: modules that run programs and code, touch files or the network,
  /// and functions that do.
  private static func isAttack(module: String, name: String) -> Bool {
    let modules: Set<Substring> = [
      "os", "posix", "nt", "posixpath", "ntpath", "subprocess", "sys", "shutil", "socket", "pty", "ctypes",
      "runpy",
      "importlib", "codeop", "pickle", "_pickle", "cPickle", "marshal", "webbrowser", "urllib", "http",
      "requests",
      "ftplib", "smtplib", "asyncio", "pdb", "bdb", "timeit", "cProfile", "pip", "pkgutil", "zipimport",
    ]
    let functions: Set<String> = [
      "eval", "exec", "execfile", "compile", "open", "file", "input", "raw_input", "apply", "reload",
      "__import__",
      "breakpoint", "globals", "locals", "vars", "setattr", "delattr", "exit", "quit",
    ]
    let root = module.split(separator: ".").first ?? ""
    let isBuiltin = ["builtins", "__builtin__", "__builtins__"].contains(module)
    return modules.contains(root) || isBuiltin && functions.contains(name)
      || ["io", "_io"].contains(module) && name == "open"
      || (root == "torch" || root == "numpy")
        && ["load", "loads", "runstring", "fromfile", "save"].contains(name)
  }
}
