import Foundation

/// Tells a person how a training goes: one line that is overwritten on a terminal; elsewhere plain lines, the first ten
/// epochs and each tenth, and one every half minute where something takes long.
public final class ProgressReport: TrainingObserver {
  private let title: String
  private let metric: Metric?
  private let epochs: Int?
  private let secondsLeftOfAll: () -> Double?
  private let isTerminal: Bool
  private let write: (String) -> Void
  private var lastLine = ContinuousClock.now
  private var began = ContinuousClock.now
  private var samples = 0
  private var firstCount: Int?

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - title: what is trained, as `vgg19  gender tuning`.
  ///   - metric: which number to show beside the loss; nil for none.
  ///   - epochs: how many there will be at most, to say how long they will take; nil if that is not known.
  ///   - secondsLeftOfAll: how long all takes that this training is a part of, asked for each line; nil where that is not
  ///     known.
  ///   - isTerminal: whether a line can be overwritten.
  ///   - write: takes text, with its line ends.
  public init(
    title: String, metric: Metric?, epochs: Int? = nil, secondsLeftOfAll: @escaping () -> Double? = { nil },
    isTerminal: Bool, write: @escaping (String) -> Void
  ) {
    self.title = title
    self.metric = metric
    self.epochs = epochs
    self.secondsLeftOfAll = secondsLeftOfAll
    self.isTerminal = isTerminal
    self.write = write
  }

  /// Shows an event.
  public func observe(_ event: TrainingEvent) {
    switch event {
    case .features(let dataset, let done, let count): show("features of \(dataset)", done, of: count)
    case .featuresKept(let dataset, let folder, let byteCount, let limit):
      show(
        "features of \(dataset): \(Self.size(byteCount)) kept in \(folder.path), which may hold \(Self.size(limit))",
        isFinal: true)
    case .resumed(let epochs, let batches):
      show("goes on after \(epochs) epochs\(batches > 0 ? " and \(batches) batches" : "")", isFinal: true)
    case .step(let epoch, let batch, let count, let size, let loss):
      samples += size
      if isDue {
        show(
          "epoch \(epoch)   \(bar(batch, of: count))batch \(batch) of \(count)   loss \(decimal(loss))   \(rate(samples))"
            + timeLeftOfAll,
          isFinal: false)
      }
    case .epoch(let epoch, _, let history): showEpoch(epoch, history)
    case .warning(let text): show("warning: \(text)", isFinal: true)
    case .ended(let reason, let history):
      let best = best(of: history).map { ", best \($0.value) at epoch \($0.epoch)" } ?? ""
      show("ended: \(reason)\(best)", isFinal: true)
    }
  }

  /// Shows how much is done of what is counted in pictures.
  package func show(_ work: String, _ done: Int, of count: Int) {
    // What was done before the first report, maybe by an earlier call, has no share in the rate.
    if firstCount == nil { (firstCount, began) = (done, .now) }
    let own = done - (firstCount ?? done)
    if done == count || isDue {
      show(
        "\(work)   \(bar(done, of: count))\(done) of \(count)   \(rate(own))"
          + timeLeft(for: count - done, after: own) + timeLeftOfAll, isFinal: done == count)
    }
    if done == count { (firstCount, began) = (nil, .now) }
  }

  /// How much is done, as a picture; nothing where lines stay.
  private func bar(_ done: Int, of count: Int) -> String {
    guard isTerminal, count > 0 else { return "" }
    let filled = 20 * done / count
    return "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled) + "] "
  }

  private func showEpoch(_ epoch: History.Epoch, _ history: History) {
    let bestText = best(of: history).map { " (best \($0.value) at \($0.epoch))" } ?? ""
    let measured = metric.map { "   \($0.name) \(text(of: $0, in: epoch))\(bestText)" } ?? ""
    let line =
      "epoch \(epoch.number)   loss \(decimal(epoch.trainingLoss))\(measured)   \(decimal(epoch.seconds)) s"
      + timeLeft(after: epoch) + timeLeftOfAll
    if isTerminal {
      show(line, isFinal: false)
    } else if epoch.number <= 10 || epoch.number.isMultiple(of: 10) {
      show(line, isFinal: true)
    }
    samples = 0
    began = .now
  }

  private var isDue: Bool {
    ContinuousClock.now - lastLine > (isTerminal ? .milliseconds(200) : .seconds(30))
  }

  private func show(_ text: String, isFinal: Bool) {
    lastLine = .now
    let line = "\(title)   \(text)"
    write(isTerminal ? "\r\u{1B}[K\(line)\(isFinal ? "\n" : "")" : line + "\n")
  }

  private func best(of history: History) -> (value: String, epoch: Int)? {
    guard let metric, let best = history.best(metric) else { return nil }
    return (text(of: metric, in: best), best.number)
  }

  private func text(of metric: Metric, in epoch: History.Epoch) -> String {
    epoch.metrics[metric.name].map(decimal) ?? "–"
  }

  private func decimal(_ value: Double) -> String { String(format: value < 10 ? "%.4f" : "%.1f", value) }

  private func timeLeft(after epoch: History.Epoch) -> String {
    guard let epochs, epoch.number < epochs else { return "" }
    return "   at most \(Self.duration(Double(epochs - epoch.number) * epoch.seconds)) left"
  }

  private func timeLeft(for count: Int, after done: Int) -> String {
    guard count > 0, done > 0 else { return "" }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    return "   about \(Self.duration(seconds / Double(done) * Double(count))) left"
  }

  private var timeLeftOfAll: String {
    secondsLeftOfAll().map { "   all: at most \(Self.duration($0)) left" } ?? ""
  }

  /// As people say it: `40 s`, `12 min`, `3.5 h`.
  package static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<90: "\(Int(seconds.rounded(.up))) s"
    case ..<5400: "\(Int((seconds / 60).rounded())) min"
    default: String(format: "%.1f h", seconds / 3600)
    }
  }

  private static func size(_ byteCount: Int) -> String {
    byteCount < 1 << 30
      ? "\(byteCount >> 20) MiB" : String(format: "%.1f GiB", Double(byteCount) / Double(1 << 30))
  }

  private func rate(_ count: Int) -> String {
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    return seconds > 0 && count > 0 ? "\(Int(Double(count) / seconds)) pictures/s" : ""
  }
}
