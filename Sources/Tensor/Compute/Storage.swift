import Synchronization

/// The bytes of a tensor. Shared until it is written to: the holder of the only reference may write in place.
final class Storage: @unchecked Sendable {
  let address: UnsafeMutableRawPointer
  let byteCount: Int
  /// How much memory is behind the address; at least `byteCount`.
  private let capacity: Int
  /// Keeps foreign memory (a mapped file) alive; such memory is never written and never freed here.
  private let owner: AnyObject?
  /// The same values in orders that operations asked for, so that constant kernels are packed once.
  let packed = Mutex<[PackedForm]>([])

  struct PackedForm {
    let order: PackedOrder
    let storage: Storage
  }

  /// - Parameter isLasting: whether it is wanted for more than a few operations, as packed kernels are.
  init(byteCount: Int, isLasting: Bool = false) {
    (address, capacity) = BufferPool.shared.allocate(byteCount: byteCount, isLasting: isLasting)
    self.byteCount = byteCount
    owner = nil
  }

  /// Reads memory that `owner` keeps alive and unchanged.
  init(borrowing address: UnsafeRawPointer, byteCount: Int, owner: AnyObject) {
    self.address = UnsafeMutableRawPointer(mutating: address)
    self.byteCount = byteCount
    capacity = byteCount
    self.owner = owner
  }

  deinit {
    if owner == nil { BufferPool.shared.deallocate(address, capacity: capacity) }
  }

  var isBorrowed: Bool { owner != nil }

  func copy() -> Storage {
    let copy = Storage(byteCount: byteCount)
    copy.address.copyMemory(from: address, byteCount: byteCount)
    return copy
  }
}

/// The order that a packed form was made in.
enum PackedOrder: Hashable, Sendable {
  /// The elements as a primitive of the compute library wants them.
  case layout(LayoutIdentity)
  /// A convolution kernel's transform for the portable form of Winograd's algorithm.
  case winograd(inputChannels: Int, outputChannels: Int, isMirrored: Bool)
}

extension Storage {
  /// The form that is kept, or else that which `pack` makes, kept from now on.
  func packed(in order: PackedOrder, pack: () -> Storage) -> Storage {
    if let form = packed.withLock({ $0.first { $0.order == order } }) { return form.storage }
    let form = PackedForm(order: order, storage: pack())
    packed.withLock { $0.append(form) }
    return form.storage
  }
}
