import GraftFiles

/// What calls would have made.
extension PickleReader {
  /// What a function or class on the list would return for these arguments.
  mutating func result(of callable: Pickle.Value, arguments: [Pickle.Value]) throws -> Pickle.Value {
    // What a foreign function gave may be called again.
    if case .object(let number) = callable, case .foreign(let object) = objects[number] {
      return make(.foreign(.init(classNumber: object.classNumber)))
    }
    guard case .global(let global) = callable else { throw damaged("it calls something that is no function") }
    switch global {
    case .foreign(let number):
      // Where a helper makes the object, its first argument is the class.
      if classNames[number].hasPrefix("copyreg."), case .global(.foreign(let own))? = arguments.first {
        return make(.foreign(.init(classNumber: own)))
      }
      return make(.foreign(.init(classNumber: number)))
    case .dictionary: return make(.dictionary(try entries(arguments)))
    case .rebuildTensor(let version): return make(.tensor(try tensor(arguments, version: version)))
    case .rebuildParameter:
      guard let tensor = arguments.first else { throw damaged("a parameter without a tensor") }
      return tensor
    case .rebuildFromType:
      guard arguments.count >= 3, case .global(.rebuildTensor(let version)) = arguments[0] else {
        throw damaged("a tensor of a class of its own, made in a way that is not understood")
      }
      return make(.tensor(try tensor(tuple(arguments[2]), version: version)))
    case .size:
      guard let dimensions = arguments.first else { throw damaged("a size without a tuple") }
      return dimensions
    case .encode:
      guard case .text(let text)? = arguments.first else {
        throw damaged("it encodes something that is no text")
      }
      return .bytesAsText(text)
    case .numPyReconstruct: return make(.array(Pickle.NumPyArray()))
    case .numPyElementType:
      guard let code = arguments.first else { throw damaged("an element type without a name") }
      return make(.elementType(.init(code: try text(code))))
    case .inert: return .other
    case .storage, .elementType, .numPyArray: throw damaged("it calls a class that tensors do not call")
    }
  }

  /// Gives an object its state, as Python's `__setstate__` would.
  mutating func build(_ value: Pickle.Value, from state: Pickle.Value) throws {
    // A state dict has a version of each module as its state; nobody needs it.
    guard case .object(let number) = value else { return }
    switch objects[number] {
    case .elementType(var type):
      let state = try tuple(state)
      guard state.count >= 2 else { throw damaged("the state of an element type is too short") }
      type.byteOrder = try text(state[1])
      objects[number] = .elementType(type)
    case .array:
      let state = try tuple(state)
      guard state.count == 5, case .object(let type) = state[2],
        case .elementType(let elementType) = objects[type],
        case .boolean(let isColumnMajor) = state[3]
      else { throw damaged("the state of an array is not what it should be") }
      objects[number] = .array(
        .init(
          dimensions: try integers(state[1]), elementType: elementType, isColumnMajor: isColumnMajor,
          content: state[4]))
    default: break
    }
  }

  /// The storage that a persistent id stands for: `('storage', class, key, location, count)`, and in files before
  /// PyTorch 1.6 a sixth value, which is `None` or the key, the offset and the count of a part of the storage.
  mutating func pushPersistent(_ identifier: Pickle.Value) throws {
    let values = try tuple(identifier)
    let kind = try values.first.map(text)
    // The class of a whole model, with its source.
    if kind == "module", values.count > 1 {
      stack.append(values[1])
      return
    }
    guard kind == "storage" else {
      throw WeightFileError(
        .unsupported, bytes.file, part: part, "this is a whole pickled model, and not a state dict",
        remedy: "In Python, load it and save its tensors: torch.save(model.state_dict(), \"weights.pth\").")
    }
    guard values.count >= 5, case .global(.storage(let type)) = values[1],
      case .integer(let count) = values[4],
      count >= 0
    else { throw damaged("the description of a storage is not what it should be") }
    var storage = PyTorchStorage(key: try text(values[2]), type: type, count: count)
    if values.count > 5, case .object = values[5] {
      let view = try tuple(values[5])
      guard view.count == 3, case .integer(let start) = view[1], case .integer(let viewCount) = view[2],
        start >= 0, viewCount >= 0, start <= count, viewCount <= count - start
      else { throw damaged("a part of a storage does not lie inside it") }
      storage.view = start..<(start + viewCount)
    }
    push(.storage(storage))
  }

  private mutating func make(_ object: Pickle.Object) -> Pickle.Value {
    objects.append(object)
    return .object(objects.count - 1)
  }

  /// The pairs that a dictionary is made from; Python 2 gave them as an argument.
  private mutating func entries(_ arguments: [Pickle.Value]) throws -> [(
    key: Pickle.Value, value: Pickle.Value
  )] {
    guard case .object(let number)? = arguments.first else { return [] }
    switch objects[number] {
    case .dictionary(let entries):
      try count(entries.count)
      return entries
    case .list(let pairs), .tuple(let pairs):
      try count(pairs.count)
      return try pairs.map { pair in
        guard case .object(let number) = pair else {
          throw damaged("a dictionary is made from what is no pair")
        }
        switch objects[number] {
        case .list(let values) where values.count == 2, .tuple(let values) where values.count == 2:
          return (key: values[0], value: values[1])
        default: throw damaged("a dictionary is made from what is no pair")
        }
      }
    default: throw damaged("a dictionary is made from something else than pairs")
    }
  }

  /// `(storage, offset, size, stride, …)`, in the third version with the element type after two more.
  private func tensor(_ arguments: [Pickle.Value], version: Int) throws -> PyTorchTensor {
    guard arguments.count >= 4, case .object(let number) = arguments[0],
      case .storage(let storage) = objects[number],
      case .integer(let offset) = arguments[1]
    else { throw damaged("the description of a tensor is not what it should be") }
    var type = storage.type
    if version == 3 {
      guard arguments.count >= 7, case .global(.elementType(let stated)) = arguments[6] else {
        throw damaged("a tensor does not say the type of its numbers")
      }
      type = stated
    }
    guard let type else { throw damaged("a tensor does not say the type of its numbers") }
    return PyTorchTensor(
      storage: storage, type: type, offset: offset, dimensions: try integers(arguments[2]),
      strides: try integers(arguments[3]))
  }

  private func integers(_ value: Pickle.Value) throws -> [Int] {
    let values = try tuple(value)
    // Neither PyTorch nor NumPy has tensors of more axes.
    guard values.count <= 64 else { throw damaged("a shape has \(values.count) axes") }
    return try values.map { value in
      guard case .integer(let integer) = value else {
        throw damaged("a shape or a stride is no whole number")
      }
      return integer
    }
  }
}
