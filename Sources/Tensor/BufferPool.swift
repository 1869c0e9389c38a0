import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Memory for large tensors, kept for the next one of the same size: a fresh page costs a fault and a pass of zeros,
/// which for the first layers of a network is more than their arithmetic.
///
/// At most `limit` bytes are kept; the oldest go first.
final class BufferPool: Sendable {
  static let shared = BufferPool(limit: 512 << 20)

  private struct Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
  }

  /// Smaller blocks come from the allocator, which keeps those itself.
  private static let smallest = 1 << 16
  private let limit: Int
  private let kept = Mutex<(blocks: [Block], bytes: Int)>(([], 0))

  init(limit: Int) { self.limit = limit }

  func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount >= Self.smallest, let block = takeBlock(of: byteCount) { return block }
    var address: UnsafeMutableRawPointer?
    let status = posix_memalign(&address, 64, max(byteCount, 64))
    guard status == 0, let address else { misused("There is no memory for a tensor of \(byteCount) bytes.") }
    return address
  }

  private func takeBlock(of byteCount: Int) -> UnsafeMutableRawPointer? {
    kept.withLock { kept in
      guard let index = kept.blocks.lastIndex(where: { $0.byteCount == byteCount }) else { return nil }
      kept.bytes -= byteCount
      return kept.blocks.remove(at: index).address
    }
  }

  func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
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
public func releaseUnusedMemory() { BufferPool.shared.removeAll() }
