import Foundation
import GraftReports
import GraftTraining

/// Writes the epochs of a training for TensorBoard.
final class EventLog: TrainingObserver {
  private let folder: URL
  private var events: EventFile?

  /// Creates a log.
  ///
  /// - Parameter folder: for this training alone: TensorBoard shows each folder as one run.
  init(in folder: URL) { self.folder = folder }

  func observe(_ event: TrainingEvent) throws {
    guard case .epoch(_, _, let history) = event else { return }
    let events = try self.events ?? EventFile(in: folder)
    self.events = events
    // Not only the last one: the checkpoint of a training that was killed may have more epochs than this file.
    let known = events.lastStep(of: "training/loss") ?? 0
    for epoch in history.epochs where epoch.number > known {
      var scalars = [
        "training/loss": epoch.trainingLoss, "training/learningRate": Double(epoch.learningRate),
      ]
      for (name, value) in epoch.metrics { scalars[Self.tag(name)] = value }
      try events.append(scalars, step: epoch.number)
    }
  }

  /// `validationIoU` becomes `validation/IoU`, so that TensorBoard groups them.
  private static func tag(_ metric: String) -> String {
    metric.hasPrefix("validation") ? "validation/\(metric.dropFirst("validation".count))" : metric
  }
}
