import CGraftCompute

/// An order of elements in memory that the compute library chose; its C handle lives as long as this object.
final class Layout: @unchecked Sendable {
  private let handle: OpaquePointer

  /// Takes the handle over.
  private init(owning handle: OpaquePointer) { self.handle = handle }

  /// A copy of a layout that a primitive holds.
  convenience init(copying handle: OpaquePointer) {
    guard let copy = graft_layout_copy(handle) else {
      misused("The compute library could not copy a layout (\(lastFailure)).")
    }
    self.init(owning: copy)
  }

  /// Plain strides, in the library's logical order of the axes.
  convenience init(dimensions: [Int], strides: [Int], scalarType: ScalarType = .float32) {
    let handle = graft_layout_create(
      Int32(dimensions.count), dimensions.map(Int64.init), strides.map(Int64.init), scalarType.computeType)
    guard let handle else {
      misused("The compute library knows no layout for \(dimensions) (\(lastFailure)).")
    }
    self.init(owning: handle)
  }

  /// The same memory with its axes renamed, axis i to `axes[i]`; nil where the library does not tell how the elements lie.
  func permuted(_ axes: [Int32]) -> Layout? {
    withHandle { graft_layout_permuted($0, axes) }.map(Layout.init(owning:))
  }

  deinit { graft_layout_destroy(handle) }

  /// Calls `body` with the C handle. The optimiser may end an object after its last use, which a handle is not.
  func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(handle) }
  }

  var byteCount: Int { withHandle(graft_layout_bytes) }

  func isEqual(to other: Layout) -> Bool {
    withHandle { own in other.withHandle { graft_layout_equal(own, $0) != 0 } }
  }
}

/// A layout as a key: equal where the library says so.
struct LayoutIdentity: Hashable, Sendable {
  let layout: Layout
  static func == (left: Self, right: Self) -> Bool { left.layout.isEqual(to: right.layout) }
  func hash(into hasher: inout Hasher) { hasher.combine(layout.byteCount) }
}

extension ScalarType {
  var computeType: graft_type {
    switch self {
    case .float32: GRAFT_FLOAT32
    case .bfloat16: GRAFT_BFLOAT16
    case .int32, .uint8: misused("The compute library has no layouts of \(self).")
    }
  }
}

// MARK: Row-major images and kernels, as the library names their axes

extension Layout {
  /// N,H,W,C in memory; the library's order is N,C,H,W.
  static func image(_ shape: Tensor.Shape, _ scalarType: ScalarType = .float32) -> Layout {
    let strides = shape.rowMajorStrides
    return Layout(
      dimensions: [shape[0], shape[3], shape[1], shape[2]],
      strides: [strides[0], strides[3], strides[1], strides[2]], scalarType: scalarType)
  }

  /// N,C/16,H,W,16 in memory; nil where channels are left over, or convolutions are faster in another order.
  static func imageInBlocks(_ shape: Tensor.Shape) -> Layout? {
    graft_layout_of_blocks(libraryDimensions(of: shape), GRAFT_FLOAT32).map(Layout.init(owning:))
  }

  /// N,C/block,H,W,block in memory, the last block filled up with zeros; on any processor.
  static func image(_ shape: Tensor.Shape, inBlocksOf block: Int, _ scalarType: ScalarType) -> Layout {
    let handle = graft_layout_of_channel_blocks(
      libraryDimensions(of: shape), Int64(block), scalarType.computeType)
    guard let handle else {
      misused("The compute library has no blocks of \(block) channels for \(shape) (\(lastFailure)).")
    }
    return Layout(owning: handle)
  }

  private static func libraryDimensions(of image: Tensor.Shape) -> [Int64] {
    [image[0], image[3], image[1], image[2]].map(Int64.init)
  }

  /// In blocks of how many channels an image of this order lies; nil where it does not.
  func channelsInBlock(of shape: Tensor.Shape, _ scalarType: ScalarType) -> Int? {
    [16, 8].first { isEqual(to: .image(shape, inBlocksOf: $0, scalarType)) }
  }

  /// H,W,I,O in memory; the library's order is O,I,H,W, or G,O,I,H,W with groups.
  static func kernel(_ shape: Tensor.Shape, groups: Int) -> Layout {
    let (height, width, input, output) = (shape[0], shape[1], shape[2], shape[3])
    let strides = shape.rowMajorStrides
    if groups == 1 {
      return Layout(
        dimensions: [output, input, height, width], strides: [strides[3], strides[2], strides[0], strides[1]])
    }
    return Layout(
      dimensions: [groups, output / groups, input, height, width],
      strides: [output / groups, strides[3], strides[2], strides[0], strides[1]])
  }
}

extension Tensor {
  /// The order of this image's elements, blocked or row-major.
  var imageLayout: Layout { layout ?? .image(shape, scalarType) }

  /// The same value with its memory in row-major order, to be read more than once or kept.
  public var rowMajor: Tensor {
    guard let layout else { return self }
    let target = Layout.image(shape, scalarType)
    let ordered = Storage(byteCount: shape.scalarCount * scalarType.byteCount)
    reorder(storage, from: layout, to: target, into: ordered)
    return Tensor(shape: shape, scalarType: scalarType, storage: ordered, place: place)
  }
}

/// Ends the program where the compute library refuses what the caller has already checked.
func check(_ status: graft_status, _ action: @autoclosure () -> String) {
  switch status {
  case GRAFT_STATUS_OK: return
  case GRAFT_STATUS_OUT_OF_MEMORY: misused("There is no memory left to \(action()) (\(lastFailure)).")
  case GRAFT_STATUS_UNIMPLEMENTED: misused("The compute library cannot \(action()) on this processor.")
  default: misused("The compute library failed to \(action()) (\(lastFailure)).")
  }
}

/// Which call the compute library refused last on this thread, and why.
private var lastFailure: String { String(cString: graft_last_failure()) }
