import CGraftCompute
import Synchronization

/// A compiled operation of the compute library, for one shape and one algorithm.
final class Primitive: @unchecked Sendable {
  private let handle: OpaquePointer
  private let layouts: [Layout?]
  private let scratchByteCount: Int
  /// The name of the kernel that the library chose.
  let implementation: String
  private let work: PrimitiveWork

  /// Takes the handle over.
  init(owning handle: OpaquePointer, work: PrimitiveWork) {
    ComputeProfile.current?.countCompilation()
    self.work = work
    self.handle = handle
    layouts = (0..<GRAFT_ROLE_COUNT.rawValue).map { role in
      graft_primitive_layout(handle, graft_role(rawValue: role)).map(Layout.init(copying:))
    }
    scratchByteCount = graft_primitive_scratch_bytes(handle)
    implementation = String(cString: graft_primitive_implementation(handle))
  }

  deinit { graft_primitive_destroy(handle) }

  /// The order of elements that this primitive wants, or produces, for one of its tensors.
  func layout(of role: graft_role) -> Layout {
    guard let layout = layouts[Int(role.rawValue)] else {
      misused("A primitive \(implementation) has no tensor of role \(role.rawValue).")
    }
    return layout
  }

  /// Memory for one of the tensors that this primitive writes.
  func makeStorage(for role: graft_role) -> Storage { Storage(byteCount: layout(of: role).byteCount) }

  /// Runs the operation; every storage must be in this primitive's own layout.
  func execute(_ tensors: [(graft_role, Storage)]) {
    var data = [UnsafeMutableRawPointer?](repeating: nil, count: Int(GRAFT_ROLE_COUNT.rawValue))
    for (role, storage) in tensors { data[Int(role.rawValue)] = storage.address }
    let scratch = scratchByteCount > 0 ? Storage(byteCount: scratchByteCount) : nil
    let began = ComputeProfile.current == nil ? nil : ContinuousClock.now
    withExtendedLifetime((self, tensors, scratch)) {
      check(graft_primitive_execute(handle, data, scratch?.address), "run \(implementation)")
    }
    guard let began, let profile = ComputeProfile.current else { return }
    profile.add(
      work, implementation: implementation, seconds: (ContinuousClock.now - began) / .seconds(1),
      bytes: tensors.reduce(0) { $0 + $1.1.byteCount })
  }
}

/// Compiled operations, kept so that the steady state of a network creates none.
final class PrimitiveCache<Key: PrimitiveKey>: Sendable {
  private let kept = Mutex<[Key: Primitive?]>([:])
  private let capacity: Int

  init(capacity: Int = 1024) { self.capacity = capacity }

  /// The primitive for a key; nil, which is remembered too, where the library has none.
  func primitive(
    for key: Key, create: (UnsafeMutablePointer<OpaquePointer?>) -> graft_status
  ) -> Primitive? {
    if let found = kept.withLock({ $0[key] }) { return found }
    var handle: OpaquePointer?
    let status = create(&handle)
    if status != GRAFT_STATUS_UNIMPLEMENTED { check(status, "prepare an operation (\(key.work.operation))") }
    let primitive = handle.map { Primitive(owning: $0, work: key.work) }
    return kept.withLock { kept in
      if kept.count >= capacity { kept.removeAll() }
      kept[key] = .some(primitive)
      return primitive
    }
  }
}
