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
  ///
  /// To be called first, on the main thread: threads that begin later take its signals over.
  public static func beginObserving() {
    var observed = sigset_t()
    sigemptyset(&observed)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&observed, number)
      signal(number) { number in
        Interruption.wasRequested.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    // Whoever starts this process from a thread that blocks signals, as Dispatch's do, hands that down.
    pthread_sigmask(SIG_UNBLOCK, &observed, nil)
  }

  /// The exit status of a process that stopped on request.
  public static let exitStatus: Int32 = 130
}
