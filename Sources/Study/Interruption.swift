import Foundation
import Synchronization

/// Whether somebody has asked this process to stop, by Ctrl-C or by a termination signal.
///
/// The first signal is a request, so that the work so far can be saved; the second one ends the process as usual.
public enum Interruption {
  private static let wasRequested = Atomic(false)

  /// Whether a signal has come.
  public static var isRequested: Bool { wasRequested.load(ordering: .relaxed) }

  /// Begins to take signals as requests.
  public static func beginObserving() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.wasRequested.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }

  /// The exit status of a process that stopped on request.
  public static let exitStatus: Int32 = 130
}
