import Foundation
import GraftFiles

/// Writes a line for each epoch to a file of comma-separated values: epoch, learning rate, training loss, the metrics by
/// name, seconds.
///
/// The file is written anew after each epoch, so that a resumed training leaves no line twice.
public final class CSVLog: TrainingObserver {
  private let file: URL

  /// Creates a log.
  public init(to file: URL) { self.file = file }

  /// Writes the file after each epoch.
  public func observe(_ event: TrainingEvent) throws {
    guard case .epoch(_, _, let history) = event else { return }
    try AtomicFile.write(Self.text(history), to: file)
  }

  static func text(_ history: History) -> String {
    let rows = (history.start.map { [$0] } ?? []) + history.epochs
    let names = Set(rows.flatMap(\.metrics.keys)).sorted()
    let header = (["epoch", "learningRate", "trainingLoss"] + names + ["seconds"]).joined(separator: ",")
    let lines = rows.map { epoch in
      let values = names.map { name in epoch.metrics[name].map { "\($0)" } ?? "" }
      return
        (["\(epoch.number)", "\(epoch.learningRate)", "\(epoch.trainingLoss)"] + values
        + ["\(epoch.seconds)"]).joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }
}
