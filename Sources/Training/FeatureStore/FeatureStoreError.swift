import Foundation
import GraftFiles

/// A feature store that cannot be used, or stored features that cannot be read.
public struct FeatureStoreError: LocalizedError, CustomStringConvertible {
  /// The file with the features.
  public let file: URL
  private let problem: String
  private let remedy: String

  init(file: URL, _ problem: String, remedy: String) {
    self.file = file
    self.problem = problem
    self.remedy = remedy
  }

  /// The file holds something else than was written.
  static func damaged(_ file: URL, _ problem: String) -> FeatureStoreError {
    FeatureStoreError(file: file, problem, remedy: "Remove the file; its features are then computed again.")
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong with which file, and what to do.
  public var description: String { "\(file.shownPath): \(problem). \(remedy)" }
}
