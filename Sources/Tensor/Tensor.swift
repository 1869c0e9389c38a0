import Synchronization

/// An array of numbers with any number of axes: a value, copied when it is written while shared.
///
/// Images are N,H,W,C (batch, height, width, channels), convolution kernels H,W,I,O (height, width, input channels,
/// output channels), dense kernels I,O. The scalars lie in row-major order as far as anybody can see; inside, a result
/// of a convolution stays in the blocked order of the compute library until it is read.
///
/// ```swift
/// let x = Tensor(shape: [2, 3], scalars: [1, 2, 3, 4, 5, 6])
/// let y = relu(x - 2)
/// print(y.shape, y.scalars)  // 2×3 [0.0, 0.0, 1.0, 2.0, 3.0, 4.0]
/// ```
public struct Tensor: Sendable {
  /// The lengths of the axes.
  public let shape: Shape
  /// The type of the elements.
  public let scalarType: ScalarType
  private(set) var storage: Storage
  /// The library's order of the elements, where it is not row-major.
  let layout: Layout?
  /// Where on a tape this value was made, if its gradient is wanted.
  let place: Tape.Place?

  init(
    shape: Shape, scalarType: ScalarType, storage: Storage, layout: Layout? = nil, place: Tape.Place? = nil
  ) {
    self.shape = shape
    self.scalarType = scalarType
    self.storage = storage
    self.layout = layout
    self.place = place
  }

  /// Memory to be filled by an operation.
  init(uninitialized shape: Shape, scalarType: ScalarType = .float32) {
    self.init(
      shape: shape, scalarType: scalarType,
      storage: Storage(byteCount: shape.scalarCount * scalarType.byteCount))
  }
}

// MARK: Creation

extension Tensor {
  /// Creates a float32 tensor from scalars in row-major order.
  public init(shape: Shape, scalars: [Float]) {
    require(
      scalars.count == shape.scalarCount,
      "A tensor of shape \(shape) has \(shape.scalarCount) scalars, not \(scalars.count).")
    self.init(shape: shape) { _ = $0.initialize(fromContentsOf: scalars) }
  }

  /// Creates a float32 tensor and lets `fill` write its scalars, in row-major order; it must write all of them.
  public init(shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    self.init(uninitialized: shape)
    try fill(storage.buffer(of: Float.self, count: shape.scalarCount))
  }

  /// Creates a tensor of any type whose bytes (native byte order, row-major) `fill` writes; it must write all of them.
  public init(shape: Shape, scalarType: ScalarType, fillBytes: (UnsafeMutableRawBufferPointer) throws -> Void)
    rethrows
  {
    self.init(uninitialized: shape, scalarType: scalarType)
    let byteCount = shape.scalarCount * scalarType.byteCount
    try fillBytes(UnsafeMutableRawBufferPointer(start: storage.address, count: byteCount))
  }

  /// Creates a float32 tensor of one value everywhere.
  public init(repeating value: Float, shape: Shape) {
    self.init(shape: shape) { $0.initialize(repeating: value) }
  }

  /// Creates a float32 tensor of zeros.
  public init(zeros shape: Shape) { self.init(repeating: 0, shape: shape) }

  /// Creates a float32 scalar, of the empty shape.
  public init(_ value: Float) { self.init(repeating: value, shape: []) }

  /// Creates an int32 tensor from scalars in row-major order.
  public init(shape: Shape, integers: [Int32]) {
    require(
      integers.count == shape.scalarCount,
      "A tensor of shape \(shape) has \(shape.scalarCount) scalars, not \(integers.count).")
    self.init(shape: shape, scalarType: .int32) { bytes in
      integers.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// Creates a tensor that reads memory in place, without a copy: a mapped file, for instance.
  ///
  /// - Parameters:
  ///   - bytes: row-major, native byte order, aligned for the scalar type.
  ///   - owner: keeps these bytes alive and unchanged.
  public init(shape: Shape, scalarType: ScalarType, borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject)
  {
    let byteCount = shape.scalarCount * scalarType.byteCount
    require(
      bytes.count >= byteCount, "A tensor of shape \(shape) needs \(byteCount) bytes, not \(bytes.count).")
    guard let address = bytes.baseAddress, byteCount > 0 else {
      self.init(uninitialized: shape, scalarType: scalarType)
      return
    }
    self.init(
      shape: shape, scalarType: scalarType,
      storage: Storage(borrowing: address, byteCount: byteCount, owner: owner))
  }
}

// MARK: Reading and writing

extension Tensor {
  /// How many scalars there are.
  public var scalarCount: Int { shape.scalarCount }

  /// A copy of the scalars in row-major order; bfloat16, int32 and uint8 are converted.
  public var scalars: [Float] {
    converted(to: .float32).withUnsafeScalars { Array($0) }
  }

  /// The only scalar of a tensor that has one.
  public var scalar: Float {
    require(scalarCount == 1, "A tensor of shape \(shape) is not a single scalar.")
    return scalars[0]
  }

  /// Calls `body` with the bytes in row-major order and native byte order.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let plain = rowMajor
    let byteCount = scalarCount * scalarType.byteCount
    return try withExtendedLifetime(plain.storage) {
      try body(UnsafeRawBufferPointer(start: plain.storage.address, count: byteCount))
    }
  }

  /// Calls `body` with the scalars of a float32 tensor in row-major order.
  public func withUnsafeScalars<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    require(scalarType == .float32, "These scalars are \(scalarType), not float32: convert the tensor first.")
    return try withUnsafeBytes { try body($0.bindMemory(to: Float.self)) }
  }

  /// Calls `body` with the scalars of a float32 tensor, to be changed in place; copies first if another tensor holds
  /// them.
  public mutating func withUnsafeMutableScalars<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if layout != nil { self = rowMajor }
    return try withUnsafeMutableStoredScalars(body)
  }

  /// Calls `body` with all that is stored of a float32 tensor, in the order in which it is stored, to be changed in place;
  /// copies first if another tensor holds it. What fills up a blocked layout is 0, and must stay so.
  package mutating func withUnsafeMutableStoredScalars<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    require(scalarType == .float32, "These scalars are \(scalarType), not float32: convert the tensor first.")
    require(place == nil, "A value on a tape cannot be changed in place.")
    if !isKnownUniquelyReferenced(&storage) || storage.isBorrowed { storage = storage.copy() }
    storage.packed.withLock { $0 = [] }
    return try body(storage.buffer(of: Float.self, count: storedCount))
  }

  /// Calls `body` with all that is stored of a float32 tensor, in the order in which it is stored.
  package func withUnsafeStoredScalars<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    require(scalarType == .float32, "These scalars are \(scalarType), not float32: convert the tensor first.")
    return try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(storage.buffer(of: Float.self, count: storedCount)))
    }
  }

  /// The scalars, and what fills up a blocked layout.
  private var storedCount: Int {
    layout.map { $0.byteCount / scalarType.byteCount } ?? scalarCount
  }

  /// The same value, in row-major order if more is stored than the scalars.
  package var withoutFilling: Tensor { storedCount == scalarCount ? self : rowMajor }

  /// The same value, stored in the order in which `other`, a tensor of the same shape and type, is.
  package func ordered(as other: Tensor) -> Tensor {
    guard let layout = other.layout else { return rowMajor }
    return Tensor(
      shape: shape, scalarType: scalarType, storage: storage(in: layout, from: imageLayout), layout: layout,
      place: place)
  }

  /// The same value without its place on a tape: nothing that is computed from it is recorded.
  public var detached: Tensor {
    Tensor(shape: shape, scalarType: scalarType, storage: storage, layout: layout)
  }

  /// Memory with this value in its present order, to be written: its own if nobody else holds it, else a copy.
  consuming func takeStorage() -> Storage {
    if !isKnownUniquelyReferenced(&storage) || storage.isBorrowed { return storage.copy() }
    storage.packed.withLock { $0 = [] }
    return storage
  }

  /// Whether two values are one in memory; what writes to one of them then makes it a copy first.
  package func sharesStorage(with other: Tensor) -> Bool { storage === other.storage }

  /// Whether operations on this value are recorded on a tape.
  public var isTracked: Bool { place != nil }
}

extension Storage {
  func buffer<Scalar>(of type: Scalar.Type, count: Int) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: address.assumingMemoryBound(to: type), count: count)
  }
}

extension Tensor: CustomStringConvertible {
  /// The shape, the type and the first scalars.
  public var description: String {
    let first = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor \(shape) \(scalarType) [\(first)\(scalarCount > 8 ? ", …" : "")]"
  }
}
