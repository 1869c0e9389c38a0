import Foundation

/// A training was asked to stop; its state is saved, and the same call goes on with it.
public struct TrainingInterrupted: LocalizedError, CustomStringConvertible {
  /// For a loop of your own that is interrupted.
  public init() {}

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What to do.
  public var description: String { "Stopped, and saved. The same command goes on from here." }
}
