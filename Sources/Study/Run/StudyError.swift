import Foundation

/// Why a study cannot be run.
public struct StudyError: LocalizedError, CustomStringConvertible {
  /// What somebody can do about it, so that a program can name its own option for that.
  public enum Remedy: Sendable, Hashable {
    /// Name another output folder.
    case otherFolder
    /// Name another output folder, or repeat the call that began this one, with the settings of its file.
    case otherFolderOrSettings(URL)
    /// Leave out the samples that cannot be used.
    case skipBadSamples
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public let description: String
  /// The remedy, where a program can offer one.
  public let remedy: Remedy?

  init(_ description: String, remedy: Remedy? = nil) {
    self.description = description
    self.remedy = remedy
  }

  /// The same error with a sentence of the program at its end.
  public func adding(_ sentence: String) -> StudyError {
    StudyError("\(description) \(sentence)", remedy: remedy)
  }
}
