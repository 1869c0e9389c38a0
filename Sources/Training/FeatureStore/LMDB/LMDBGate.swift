import Foundation

/// Lets any number of transactions pass, or one change of the map when none is on its way.
final class LMDBGate: @unchecked Sendable {
  private let condition = NSCondition()
  private var passing = 0
  private var isClosed = false

  /// Runs a transaction. Not within another one of the same thread: a change that waits for the first would keep the
  /// second out.
  func passing<Result>(_ body: () throws -> Result) rethrows -> Result {
    condition.withLock {
      while isClosed { condition.wait() }
      passing += 1
    }
    defer {
      condition.withLock {
        passing -= 1
        condition.broadcast()
      }
    }
    return try body()
  }

  /// Runs what no transaction may see.
  func closed<Result>(_ body: () throws -> Result) rethrows -> Result {
    condition.withLock {
      while isClosed { condition.wait() }
      isClosed = true
      while passing > 0 { condition.wait() }
    }
    defer {
      condition.withLock {
        isClosed = false
        condition.broadcast()
      }
    }
    return try body()
  }
}
