import GraftFiles
import Foundation
import GraftTraining

/// Where a study reports its progress to a person, or to a program.
public struct RunConsole {
  /// How much is told, and in which form.
  public enum Style: String, Sendable, CaseIterable {
    /// Progress for a person: one line that is overwritten on a terminal, plain lines elsewhere.
    case progress
    /// Warnings only.
    case quiet
    /// Everything, for a program: one JSON object a line, whose `event` says what kind it is.
    case json
  }

  private let style: Style
  private let terminal: Terminal?
  private let write: (String) -> Void

  /// Creates a console.
  ///
  /// - Parameters:
  ///   - style: how much is told, and in which form.
  ///   - terminal: where a line can be overwritten; nil elsewhere.
  ///   - write: is given the text, line ends included.
  public init(_ style: Style = .progress, terminal: Terminal?, write: @escaping (String) -> Void) {
    self.style = style
    self.terminal = terminal
    self.write = write
  }

  /// Standard error, which leaves standard output to the results.
  public static func standardError(_ style: Style = .progress) -> RunConsole {
    RunConsole(style, terminal: .standardError) { text in
      StandardError.write(text)
    }
  }

  /// A console that writes nothing.
  public static var silent: RunConsole { RunConsole(.quiet, terminal: nil) { _ in } }

  /// Writes a line about progress.
  public func note(_ text: String) { tell(text, event: "note") }

  /// Writes a warning, which every style shows.
  public func warn(_ text: String) { tell(style == .json ? text : "warning: \(text)", event: "warning") }

  private func tell(_ text: String, event: String) {
    switch style {
    case .json: write(JSONProgress.line(["event": event, "text": text]))
    case .quiet where event == "note": break
    // The line may hold progress, which this replaces.
    case .progress, .quiet: write((terminal == nil ? "" : Terminal.startOfLine) + text + "\n")
    }
  }

  /// Whether a person is shown more than warnings.
  var showsProgress: Bool { style == .progress }

  /// What to call with how many pictures of a data set have been checked, and how many there are.
  func examination(of dataset: String) -> (_ done: Int, _ count: Int) -> Void {
    switch style {
    case .json: return JSONProgress(title: dataset, write: write).showExamination
    case .quiet: return { _, _ in }
    case .progress:
      let report = ProgressReport(
        title: dataset, metric: nil, terminal: terminal, write: write)
      return { report.show("checked", $0, of: $1) }
    }
  }

  func progress(
    title: String, metric: MonitoredMetric, epochs: Int?, clock: RunClock? = nil
  ) -> any TrainingObserver {
    switch style {
    case .json: JSONProgress(title: title, write: write)
    case .quiet: WarningsOnly(title: title, console: self)
    case .progress:
      ProgressReport(
        title: title, metric: metric, epochs: epochs, secondsLeftOfAll: { clock?.secondsLeft },
        showsFeatureFolder: false, terminal: terminal, write: write)
    }
  }
}

/// Reports a training to a program: each event as one JSON object a line; features ten times for each data set.
private final class JSONProgress: TrainingObserver {
  private let title: String
  private let write: (String) -> Void
  private var tenths = 0

  init(title: String, write: @escaping (String) -> Void) {
    self.title = title
    self.write = write
  }

  static func line(_ object: [String: Any]) -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: options) else { return "" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  func observe(_ event: TrainingEvent) {
    switch event {
    case .features(let dataset, let done, let count):
      if isTenth(done, of: count) { tell("features", ["dataset": dataset, "done": done, "of": count]) }
    case .featuresKept(let dataset, let computedPictures, let folder, let byteCount, let limit):
      tell(
        "featuresKept",
        [
          "dataset": dataset, "computedPictures": computedPictures, "folder": folder.path,
          "byteCount": byteCount, "limit": limit,
        ])
    case .phase(let name, let number, let count):
      tell("phase", ["name": name, "number": number, "of": count])
    case .resumed(let epochs, let batches): tell("resumed", ["epochs": epochs, "batches": batches])
    case .step: break
    case .epoch(let epoch, let isBest, _):
      tell(
        "epoch",
        [
          "epoch": epoch.number, "isBest": isBest, "seconds": epoch.seconds,
          "trainingLoss": number(epoch.trainingLoss), "metrics": epoch.metrics.mapValues(number),
        ])
    case .warning(let text): tell("warning", ["text": text])
    case .ended(let reason, _): tell("ended", ["reason": reason])
    }
  }

  func showExamination(_ done: Int, of count: Int) {
    if isTenth(done, of: count) {
      write(Self.line(["event": "examined", "dataset": title, "done": done, "of": count]))
    }
  }

  private func isTenth(_ done: Int, of count: Int) -> Bool {
    guard done == count || 10 * done / count != tenths else { return false }
    tenths = done == count ? 0 : 10 * done / count
    return true
  }

  private func tell(_ event: String, _ members: [String: Any]) {
    write(Self.line(members.merging(["event": event, "training": title]) { own, _ in own }))
  }

  /// Null for infinities and NaN, which JSON cannot hold.
  private func number(_ value: Double) -> Any { value.isFinite ? value : NSNull() }
}

/// Passes on warnings.
private final class WarningsOnly: TrainingObserver {
  private let title: String
  private let console: RunConsole

  init(title: String, console: RunConsole) {
    self.title = title
    self.console = console
  }

  func observe(_ event: TrainingEvent) {
    if case .warning(let text) = event { console.warn("\(title)   \(text)") }
  }
}
