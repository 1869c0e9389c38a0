import CGraftCompute
import Synchronization

/// Which orders a compiled copy goes between.
private struct ReorderKey: PrimitiveKey {
  let from, to: LayoutIdentity

  var work: PrimitiveWork {
    PrimitiveWork(operation: "copy into another order, \(to.layout.byteCount >> 10) KiB")
  }
}

private let reorders = PrimitiveCache<ReorderKey>()

/// The compiled copy; nil where the library has none between these orders.
private func reorderPrimitive(from: Layout, to target: Layout) -> Primitive? {
  let key = ReorderKey(from: .init(layout: from), to: .init(layout: target))
  return reorders.primitive(for: key) { result in
    from.withHandle { from in target.withHandle { graft_reorder_create(from, $0, result) } }
  }
}

/// Copies elements from one order into another.
func reorder(_ source: Storage, from: Layout, to target: Layout, into destination: Storage) {
  guard let primitive = reorderPrimitive(from: from, to: target) else {
    misused("The compute library cannot reorder a tensor on this processor.")
  }
  primitive.execute([(GRAFT_SOURCE, source), (GRAFT_DESTINATION, destination)])
}

extension Tensor {
  /// This tensor's elements in the order that a primitive wants, copied only where it differs.
  ///
  /// - Parameters:
  ///   - layout: what is wanted.
  ///   - current: the order that they are in.
  ///   - isLasting: whether the copy is wanted for more than a few operations.
  func storage(in layout: Layout, from current: Layout, isLasting: Bool = false) -> Storage {
    if current.isEqual(to: layout) { return storage }
    let reordered = Storage(byteCount: layout.byteCount, isLasting: isLasting)
    reorder(storage, from: current, to: layout, into: reordered)
    return reordered
  }

  /// Gives up the copies of this tensor in orders that operations asked for; the next one that asks makes it anew.
  package func releasePackedForms() { storage.packed.withLock { $0 = [] } }
}

// MARK: Kernels

// A tensor's layout names the axes of an image, N,C,H,W, where a kernel H,W,I,O has H,O,W,I. The library's own order of a
// kernel's axes is O,I,H,W.

extension Layout {
  /// This order of a kernel without groups as that of an image; nil where the library does not tell how the elements lie.
  private var ofKernelAsImage: Layout? { permuted([1, 3, 0, 2]) }

  /// This order of an image as that of a kernel without groups.
  fileprivate var ofImageAsKernel: Layout? { permuted([2, 0, 3, 1]) }

  /// How a tensor says that its elements, those of a kernel without groups, lie in this order, so that whatever works on each of them
  /// alone need not bring them into another; nil where they had better be row-major.
  func ofKernelElements(shape: Tensor.Shape) -> Layout? {
    // The filling of blocks of channels is no element.
    byteCount == shape.scalarCount * ScalarType.float32.byteCount ? ofKernelAsImage : nil
  }
}

extension Tensor {
  /// The kernel of a convolution, in whichever order it lies.
  func asConvolutionKernel(groups: Int = 1) -> Tensor {
    require(
      scalarType == .float32, "A convolution's kernel is float32, not \(scalarType): convert it first.")
    // The library gives a kernel with groups an axis more.
    return groups == 1 ? detached : detached.rowMajor
  }

  /// This kernel's elements in the order that a primitive wants, kept with the kernel as is right for what does not change in
  /// a step.
  func kernelStorage(in layout: Layout, groups: Int) -> Storage {
    let plain = Layout.kernel(shape, groups: groups)
    let current = self.layout?.ofImageAsKernel
    if (current ?? plain).isEqual(to: layout) { return storage }
    return storage.packed(in: .layout(.init(layout: layout))) {
      ComputeProfile.current?.countKernelReorder()
      if let current, reorderPrimitive(from: current, to: layout) != nil {
        return self.storage(in: layout, from: current, isLasting: true)
      }
      // The library makes some forms, such as Winograd's, of row-major kernels only.
      return rowMajor.storage(in: layout, from: plain, isLasting: true)
    }
  }
}
