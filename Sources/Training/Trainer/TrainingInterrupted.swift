import Foundation

/// A training was asked to stop; its state is saved, and the same call resumes it.
public struct TrainingInterrupted: LocalizedError, CustomStringConvertible {
  /// For a loop of your own that is interrupted.
  public init() {}

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// Says how to resume.
  public var description: String { "Stopped, and saved. The same command resumes from here." }
}
