import Foundation

/// A training was asked to stop. What was saved of it stays, and the same call goes on from there.
public struct TrainingInterrupted: LocalizedError, CustomStringConvertible {
  /// Whether the same call goes on from here, or begins anew.
  public let isSaved: Bool

  /// For a loop of your own that is interrupted.
  ///
  /// - Parameter isSaved: whether the same call goes on from here.
  public init(isSaved: Bool) { self.isSaved = isSaved }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What to do.
  public var description: String {
    isSaved
      ? "Stopped, and saved. The same command goes on from here."
      : "Stopped. There was nothing to save yet: the same command begins anew."
  }
}
