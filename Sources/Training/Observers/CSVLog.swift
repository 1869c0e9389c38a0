import Foundation
import GraftFiles

/// Writes a line for each epoch to a file of comma-separated values: epoch, its phase if there are phases, learning rate,
/// training loss, the metrics by name, seconds.
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
    let hasPhases = rows.contains { $0.phase != nil }
    let phase = hasPhases ? ["phase"] : []
    let header = (["epoch"] + phase + ["learningRate", "trainingLoss"] + names + ["seconds"]).joined(
      separator: ",")
    let lines = rows.map { epoch in
      let values = names.map { name in epoch.metrics[name].map { "\($0)" } ?? "" }
      return
        (["\(epoch.number)"] + (hasPhases ? [quoted(epoch.phase ?? "")] : [])
        + ["\(epoch.learningRate)", "\(epoch.trainingLoss)"] + values
        + ["\(epoch.seconds)"]).joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
