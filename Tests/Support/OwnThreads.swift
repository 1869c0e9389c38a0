import Foundation
import Testing

extension Trait where Self == OwnThreads {
  /// For tests that wait for other processes or train networks: two of them run at a time.
  package static var long: Self { Self(executor: Threads.long) }

  /// For tests of what ends the process: one runs at a time. While the end of a process waits to be looked at, the test
  /// runner keeps a processor busy with asking for it.
  package static var exits: Self { Self(executor: Threads.exits) }
}

/// Runs tests beside the threads that all other tests share, which are as many as processors: a test that keeps one for
/// a minute holds up hundreds.
package struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
  fileprivate let executor: Threads

  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(executor) { try await function() }
  }
}

private final class Threads: TaskExecutor {
  static let long = Threads(count: 2)
  static let exits = Threads(count: 1)
  private let queue = OperationQueue()

  private init(count: Int) { queue.maxConcurrentOperationCount = count }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.addOperation { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
