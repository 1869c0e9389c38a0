import CGraftKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Memory for large tensors, kept for the next one of about that size: a fresh page costs a fault and a pass of zeros,
/// which for the first layers of a network is more than their arithmetic.
///
/// At most `limit` bytes are kept; the oldest go first. The shared pool's limit is about what a step of ResNet-50's last stage
/// passes on to the next: with less, every few steps wait for memory.
final class BufferPool: Sendable {
  static let shared = BufferPool(limit: 640 << 20)

  private struct Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
  }

  /// Smaller blocks come from the allocator, which keeps those itself.
  private static let smallest = 1 << 16
  private static let hugePage = 2 << 20
  private let limit: Int
  private let kept = Mutex<(blocks: [Block], bytes: Int)>(([], 0))

  init(limit: Int) { self.limit = limit }

  /// Memory of at least `byteCount` bytes, and how many it has; both are needed to give it back.
  ///
  /// - Parameter isLasting: whether it is wanted for long. What goes soon may lie in a block of up to three times its size, as large as
  ///   the Winograd transform of a kernel where the kernel's gradient is wanted; what stays would keep the rest idle.
  func allocate(byteCount: Int, isLasting: Bool) -> (address: UnsafeMutableRawPointer, capacity: Int) {
    let largest = isLasting ? byteCount + byteCount / 4 : 3 * byteCount
    if byteCount >= Self.smallest, let block = takeBlock(of: byteCount...largest) { return block }
    if byteCount >= Self.smallest { ComputeProfile.current?.countAllocation() }
    let isHuge = byteCount >= 2 * Self.hugePage
    let alignment = isHuge ? Self.hugePage : 64
    let capacity = (max(byteCount, 1) + alignment - 1) & ~(alignment - 1)
    var address: UnsafeMutableRawPointer?
    let status = posix_memalign(&address, alignment, capacity)
    guard status == 0, let address else { misused("There is no memory for a tensor of \(byteCount) bytes.") }
    #if canImport(Glibc)
      // One fault and one translation for 512 pages, which strides through large images need; a refusal costs nothing.
      if isHuge { madvise(address, capacity, MADV_HUGEPAGE) }
    #endif
    return (address, capacity)
  }

  /// The smallest kept block of one of these sizes.
  private func takeBlock(of sizes: ClosedRange<Int>) -> (UnsafeMutableRawPointer, Int)? {
    kept.withLock { kept in
      let suitable = kept.blocks.indices.filter { sizes ~= kept.blocks[$0].byteCount }
      guard let index = suitable.min(by: { kept.blocks[$0].byteCount < kept.blocks[$1].byteCount }) else {
        return nil
      }
      let block = kept.blocks.remove(at: index)
      kept.bytes -= block.byteCount
      return (block.address, block.byteCount)
    }
  }

  func deallocate(_ address: UnsafeMutableRawPointer, capacity byteCount: Int) {
    guard byteCount >= Self.smallest, byteCount <= limit else { return free(address) }
    let block = Block(address: address, byteCount: byteCount)
    let evicted = kept.withLock { kept in
      kept.blocks.append(block)
      kept.bytes += byteCount
      var evicted: [Block] = []
      while kept.bytes > limit {
        let oldest = kept.blocks.removeFirst()
        kept.bytes -= oldest.byteCount
        evicted.append(oldest)
      }
      return evicted
    }
    for block in evicted { free(block.address) }
  }

  func removeAll() {
    let blocks = kept.withLock { kept in
      defer { kept = ([], 0) }
      return kept.blocks
    }
    for block in blocks { free(block.address) }
  }
}

/// Gives the memory that finished tensors left for later ones back to the system.
public func releaseUnusedMemory() {
  BufferPool.shared.removeAll()
  // Memory that many small blocks leave behind stays with the allocator until it is asked.
  graft_return_free_memory()
}
