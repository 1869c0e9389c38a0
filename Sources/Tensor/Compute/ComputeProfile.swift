import CGraftKernels
import Foundation
import Synchronization

/// Where the time of a computation goes: one line for each kind of operation that the compute library ran, and counts that
/// are 0 in the steady state of a network.
///
/// ```swift
/// let profile = ComputeProfile()
/// profile.measure { _ = encoder(pictures, .inference) }
/// print(profile.table)
/// ```
public final class ComputeProfile: Sendable {
  /// The operations of one kind and one shape, taken together.
  public struct Entry: Sendable {
    /// For instance `convolution 3×3, 512 to 512 channels, 8×28×28`.
    public let operation: String
    /// The kernel that the library chose, for instance `jit_wino_4x3:avx512_core`.
    public let implementation: String
    /// How often it ran.
    public fileprivate(set) var count = 0
    /// The time of all runs.
    public fileprivate(set) var seconds = 0.0
    /// The number of bytes that were read and written, scratch memory not counted.
    public fileprivate(set) var bytes = 0
    /// Additions and multiplications of the definition, whatever the algorithm saves of them.
    public fileprivate(set) var floatingPointOperations = 0.0
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var seconds = 0.0
    var compilations = 0
    var kernelReorders = 0
    var allocations = 0
    var loopsOnOneThread = 0
  }

  private let state = Mutex(State())

  /// The profile of the call that binds it.
  @TaskLocal static var current: ComputeProfile?

  /// Creates an empty profile.
  public init() {}

  /// Runs `body` and adds what the compute library does in it, on this thread and on the compute thread.
  public func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
    let began = ContinuousClock.now
    let loopsBefore = graft_loops_alone()
    defer {
      let loops = Int(graft_loops_alone() - loopsBefore)
      state.withLock { state in
        state.seconds += (ContinuousClock.now - began) / .seconds(1)
        state.loopsOnOneThread += loops
      }
    }
    return try Self.$current.withValue(self, operation: body)
  }

  /// All kinds of operations, the longest first.
  public var entries: [Entry] { state.withLock { $0.entries.values.sorted { $0.seconds > $1.seconds } } }

  /// The time of everything that was measured, operations of the library or not.
  public var seconds: Double { state.withLock { $0.seconds } }

  /// How many operations were compiled: those of shapes that had not been seen.
  public var compilations: Int { state.withLock { $0.compilations } }

  /// How often a kernel that does not change was brought into the order of an operation.
  public var kernelReorders: Int { state.withLock { $0.kernelReorders } }

  /// How often memory for a tensor came from the system, and not from tensors that were there before.
  public var allocations: Int { state.withLock { $0.allocations } }

  /// How many loops of this package's own kernels could have run in parallel and ran on the measured thread alone, because it is
  /// not the compute thread.
  public var loopsOnOneThread: Int { state.withLock { $0.loopsOnOneThread } }

  func countCompilation() { state.withLock { $0.compilations += 1 } }
  func countKernelReorder() { state.withLock { $0.kernelReorders += 1 } }
  func countAllocation() { state.withLock { $0.allocations += 1 } }

  func add(_ work: PrimitiveWork, implementation: String, seconds: Double, bytes: Int) {
    state.withLock { state in
      let key = work.operation + implementation
      var entry = state.entries[key] ?? Entry(operation: work.operation, implementation: implementation)
      entry.count += 1
      entry.seconds += seconds
      entry.bytes += bytes
      entry.floatingPointOperations += work.floatingPointOperations
      state.entries[key] = entry
    }
  }

  /// Runs a kernel of this package as an operation of its own in the profile of this thread, if there is one.
  ///
  /// - Parameters:
  ///   - work: what it does.
  ///   - implementation: what the kernel is called.
  ///   - bytes: what is read and written.
  static func recording<Result>(
    _ work: @autoclosure () -> PrimitiveWork, implementation: String, bytes: Int, _ body: () -> Result
  ) -> Result {
    guard let profile = current else { return body() }
    let began = ContinuousClock.now
    let result = body()
    profile.add(
      work(), implementation: implementation, seconds: (ContinuousClock.now - began) / .seconds(1),
      bytes: bytes)
    return result
  }

  /// The entries as text, with the time outside of the library last.
  public var table: String {
    let entries = entries
    let inside = entries.reduce(0) { $0 + $1.seconds }
    func row(_ name: String, _ kernel: String, _ count: String, _ seconds: Double, _ rates: [String])
      -> [String]
    {
      [name, kernel, count, decimal(seconds * 1e3, 2), decimal(seconds / self.seconds * 100, 1) + " %"]
        + rates
    }
    let rows = entries.map { entry in
      let rates = [entry.floatingPointOperations, Double(entry.bytes)].map { amount in
        amount == 0 ? "" : decimal(amount / entry.seconds / 1e9, 0)
      }
      return row(entry.operation, entry.implementation, "\(entry.count)", entry.seconds, rates)
    }
    let table = TextTable(
      header: ["operation", "kernel", "count", "ms", "share", "GFLOP/s", "GB/s"],
      rows: rows + [row("everything else", "", "", max(seconds - inside, 0), ["", ""])],
      rightAligned: [2, 3, 4, 5, 6])
    return table.text
      + "\ncompiled \(compilations), kernels reordered \(kernelReorders), tensors from fresh memory \(allocations)\n"
  }

  private func decimal(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
}

/// The description of a compiled operation for people, and how much arithmetic it is.
struct PrimitiveWork: Sendable {
  let operation: String
  var floatingPointOperations = 0.0
}

/// The key of a compiled operation in a cache.
protocol PrimitiveKey: Hashable, Sendable {
  var work: PrimitiveWork { get }
}
