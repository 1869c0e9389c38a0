import Foundation
import Synchronization

/// Whether somebody has asked this process to stop: by Ctrl-C, by a termination signal, or by closing its terminal.
///
/// The first signal is a request, so that the work so far can be saved; the second one ends the process as usual.
public enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Whether a signal has come.
  public static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// Begins to take signals as requests.
  ///
  /// Call this first, on the main thread: threads that start later inherit its signal mask.
  public static func beginObserving() {
    // A handler must not be the first to use it: that would initialise it.
    _ = isRequested
    var observed = sigset_t()
    sigemptyset(&observed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let earlier = signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
      // Started by nohup, a program goes on when its terminal is closed.
      if number == SIGHUP, isIgnoring(earlier) {
        signal(number, SIG_IGN)
      } else {
        sigaddset(&observed, number)
      }
    }
    // A parent whose thread blocks signals, as Dispatch's threads do, passes its mask on to this process.
    pthread_sigmask(SIG_UNBLOCK, &observed, nil)
  }

  private static func isIgnoring(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// The exit status of a process that stopped on request, as shells report it: 128 plus the number of the signal.
  public static var exitStatus: Int32 { 128 + received.load(ordering: .relaxed) }
}
