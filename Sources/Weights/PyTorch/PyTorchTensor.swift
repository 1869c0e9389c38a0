/// A row of numbers in a PyTorch file, as its pickle describes it; several tensors may share one.
struct PyTorchStorage: Hashable, Sendable {
  /// The name of its record.
  let key: String
  /// What it holds; nil for bytes of which only the tensor knows what they are.
  let type: PyTorchElementType?
  /// How many elements, or bytes.
  let count: Int
  /// The part of it that is meant, in elements; nil for all of it.
  var view: Range<Int>?

  /// How many bytes it has; nil where that overflows.
  var byteCount: Int? {
    StoredScalars.byteCount(of: [count], scalarByteCount: type?.byteCount ?? 1)
  }
}

/// A tensor as a pickle describes it: a storage, and where in it the numbers lie.
struct PyTorchTensor: Sendable {
  let storage: PyTorchStorage
  let type: PyTorchElementType
  /// In elements of the storage, or of its view.
  let offset: Int
  let order: StridedOrder

  var dimensions: [Int] { order.dimensions }

  init(storage: PyTorchStorage, type: PyTorchElementType, offset: Int, dimensions: [Int], strides: [Int]) {
    self.storage = storage
    self.type = type
    self.offset = offset
    order = StridedOrder(dimensions: dimensions, strides: strides)
  }

  /// The bytes of the storage between its first number and its last.
  ///
  /// - Returns: nil if they do not all lie inside the storage.
  var place: Range<Int>? {
    let start = storage.view?.lowerBound ?? 0
    guard let storageByteCount = storage.byteCount, let span = order.span, offset >= 0,
      storage.type == nil || storage.type?.byteCount == type.byteCount
    else { return nil }
    let available = storage.view?.count ?? storageByteCount / type.byteCount
    guard offset <= available, span <= available - offset else { return nil }
    let first = (start + offset) * type.byteCount
    return first..<(first + span * type.byteCount)
  }
}
