import GraftFiles

/// What a Python pickle holds, as far as weight files need it: plain data, and descriptions of tensors and arrays.
///
/// Containers lie in one array and values refer to them by number. So a pickle that contains itself, or nests a hundred
/// thousand lists, costs no more than its bytes, and nothing is freed recursively.
struct Pickle: Sendable {
  /// What an opcode can push.
  enum Value: Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    /// Text in UTF-8, or a string of Python 2, which may be any bytes.
    case text(Bytes)
    /// Bytes.
    case bytes(Bytes)
    /// Bytes that were written as text of the same character numbers, in UTF-8, as Python 3 does it for protocol 2.
    case bytesAsText(Bytes)
    /// A function or class on the list of those that are understood.
    case global(PickleGlobal)
    /// The number of an object.
    case object(Int)
    /// Something of no use for weights: a floating-point number, a device.
    case other
  }

  /// What is built from values. A hostile pickle makes many of them, so the larger ones lie elsewhere.
  enum Object: Sendable {
    case tuple([Value])
    case list([Value])
    case dictionary([(key: Value, value: Value)])
    indirect case storage(PyTorchStorage)
    indirect case tensor(PyTorchTensor)
    indirect case elementType(NumPyElementType)
    indirect case array(NumPyArray)
    indirect case foreign(ForeignObject)
  }

  /// An object of a class that is not understood: what it is, and what was put into it as into a dictionary. Its other
  /// state is not kept.
  struct ForeignObject: Sendable {
    /// The number of its class.
    let classNumber: Int
    var entries: [(key: Value, value: Value)] = []
  }

  /// A NumPy element type: `f4`, and `<` or `>`.
  struct NumPyElementType: Sendable {
    var code: String
    var byteOrder = "|"

    var descriptor: String { byteOrder + code }
  }

  /// A NumPy array; without a state until that has been set.
  struct NumPyArray: Sendable {
    var dimensions: [Int] = []
    var elementType = NumPyElementType(code: "")
    var isColumnMajor = false
    /// Bytes, or a list of objects.
    var content = Value.none
  }

  /// The objects, by number.
  let objects: [Object]
  /// The classes of foreign objects, by number: `argparse.Namespace`.
  let classNames: [String]
  /// What the pickle is of.
  let root: Value
  /// Where it ends in the bytes that it was read from.
  let end: Int
  /// The file, and the part of it that the pickle is, for messages.
  let bytes: Bytes
  let part: String

  /// The entries of a dictionary, be it one of a class that is not understood; nil for anything else.
  func dictionary(_ value: Value) -> [(key: Value, value: Value)]? {
    guard case .object(let number) = value else { return nil }
    switch objects[number] {
    case .dictionary(let entries): return entries
    case .foreign(let object) where !object.entries.isEmpty: return object.entries
    default: return nil
    }
  }

  /// The class of a value that is not understood; nil for one that is.
  func className(_ value: Value) -> String? {
    switch value {
    case .global(.foreign(let number)): return classNames[number]
    case .object(let number):
      guard case .foreign(let object) = objects[number] else { return nil }
      return classNames[object.classNumber]
    default: return nil
    }
  }

  /// The value of a key in a dictionary; nil where there is none.
  func value(of key: String, in dictionary: Value) -> Value? {
    self.dictionary(dictionary)?.first { entry in
      guard case .text(let text) = entry.key else { return false }
      // Texts are shared: one long one can be a key a million times.
      return text.count == key.utf8.count && text.text == key
    }?.value
  }
}
