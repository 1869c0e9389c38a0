import CGraftKernels
import Foundation
import Synchronization

/// The one thread on which encoders and training steps run.
///
/// The compute library keeps a team of workers for each thread that calls it; calls from many threads would make many
/// teams, which fight for the cores, so this package's own kernels run in parallel on this thread only. Networks, sequences of
/// layers, convolutions, losses, gradients and optimizers go there by themselves. A hop costs some microseconds: take one
/// for a whole step where that matters.
public enum ComputeThread {
  /// Runs `body` on the compute thread and waits for it; runs it in place if already there.
  public static func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    if graft_computes_here() != 0 { return try body() }
    return try withoutActuallyEscaping(body) { body in
      let profile = ComputeProfile.current
      let job = Job { try ComputeProfile.$current.withValue(profile, operation: body) }
      worker.perform(job.execute)
      return try job.takeResult()
    }
  }

  private static let worker = Worker()

  /// The caller waits until the job is done, so that nothing in it is used by two threads at a time.
  private final class Job<Result>: @unchecked Sendable {
    private var body: (() throws -> Result)?
    private var outcome: Swift.Result<Result, any Error>?

    init(_ body: @escaping () throws -> Result) { self.body = body }

    /// Lets go of the body before the caller goes on, to whom it belongs.
    func execute() {
      guard let body = body.take() else { return }
      outcome = Swift.Result { try body() }
    }

    /// Lets go of the result, too: the thread may hold the job a moment longer, and what only the caller holds can be written in place.
    func takeResult() throws -> Result {
      guard let outcome = outcome.take() else {
        misused("A job on the compute thread ended without a result.")
      }
      return try outcome.get()
    }
  }

  private final class Worker: Sendable {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let arrived = DispatchSemaphore(value: 0)

    init() {
      let thread = Thread { [self] in
        graft_compute_here()
        while true {
          arrived.wait()
          let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
          job?()
        }
      }
      thread.name = "graft-compute"
      // Deep networks differentiate in deep calls.
      thread.stackSize = 16 << 20
      thread.start()
    }

    func perform(_ job: @escaping @Sendable () -> Void) {
      let done = DispatchSemaphore(value: 0)
      jobs.withLock {
        $0.append {
          job()
          done.signal()
        }
      }
      arrived.signal()
      done.wait()
    }
  }
}
