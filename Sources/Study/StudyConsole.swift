import Foundation
import GraftTraining

/// Where a study tells a person how it goes.
public struct StudyConsole {
  private let isTerminal: Bool
  private let write: (String) -> Void

  /// Creates a console.
  ///
  /// - Parameters:
  ///   - isTerminal: whether a line can be overwritten.
  ///   - write: takes text, with its line ends.
  public init(isTerminal: Bool, write: @escaping (String) -> Void) {
    self.isTerminal = isTerminal
    self.write = write
  }

  /// Standard error, which leaves standard output to the results.
  public static var standardError: StudyConsole {
    StudyConsole(isTerminal: isatty(FileHandle.standardError.fileDescriptor) != 0) { text in
      FileHandle.standardError.write(Data(text.utf8))
    }
  }

  /// Nobody.
  public static var silent: StudyConsole { StudyConsole(isTerminal: false) { _ in } }

  /// Writes a line.
  public func note(_ text: String) { write(text + "\n") }

  func progress(title: String, metric: Metric) -> any TrainingObserver {
    ProgressReport(title: title, metric: metric, isTerminal: isTerminal, write: write)
  }
}
