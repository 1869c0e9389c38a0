import Foundation

/// Why a study cannot be run.
public struct StudyError: LocalizedError, CustomStringConvertible {
  /// What somebody can do about it, so that a program can name its own option for that.
  public enum Remedy: Sendable, Hashable {
    /// Name another output folder.
    case otherFolder
    /// Name another output folder, or repeat the call that began this one, with the settings of its file.
    case otherFolderOrSettings(URL)
    /// Have samples left out that cannot be used.
    case skipBadSamples
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public let description: String
  /// What to do, where a call can do it.
  public let remedy: Remedy?

  init(_ description: String, remedy: Remedy? = nil) {
    self.description = description
    self.remedy = remedy
  }

  /// The same error with a sentence of the program behind it.
  public func adding(_ sentence: String) -> StudyError {
    StudyError("\(description) \(sentence)", remedy: remedy)
  }
}
