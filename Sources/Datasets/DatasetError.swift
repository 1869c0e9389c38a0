import Foundation
import GraftFiles

/// Why a data set cannot be used: what is wrong, where, and what to do.
public struct DatasetError: LocalizedError, Sendable, CustomStringConvertible {
  /// The file, the line or the data set in question.
  public let place: String
  /// What is wrong, without a full stop.
  public let problem: String
  /// What to do, as whole sentences.
  public let remedy: String

  /// Creates an error about a data set as a whole.
  public init(_ place: String, _ problem: String, remedy: String) {
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }

  /// Creates an error about a file or a folder, or about a line of it (counted from 1).
  public init(_ file: URL, line: Int? = nil, _ problem: String, remedy: String) {
    self.init(
      line.map { "\(file.shownRelativePath) line \($0)" } ?? file.shownRelativePath, problem, remedy: remedy)
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// One line for the person who reads it, without control characters that a file may hold.
  public var description: String { "\(place.printable): \(problem.printable). \(remedy.printable)" }
}
