import Foundation

/// Tells a person how a training goes: one line that is overwritten on a terminal; elsewhere plain lines, the first ten
/// epochs and each tenth, and one every half minute where something takes long.
public final class ProgressReport: TrainingObserver {
  private let title: String
  private let metric: MonitoredMetric?
  private let epochs: Int?
  private let showsFeatureFolder: Bool
  private let secondsLeftOfAll: () -> Double?
  private let terminal: Terminal?
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
  ///   - showsFeatureFolder: whether to say where features are kept on disk.
  ///   - terminal: where a line is overwritten, and is kept within the width; nil for plain lines.
  ///   - write: takes text, with its line ends.
  public init(
    title: String, metric: MonitoredMetric?, epochs: Int? = nil,
    secondsLeftOfAll: @escaping () -> Double? = { nil },
    showsFeatureFolder: Bool = true, terminal: Terminal?, write: @escaping (String) -> Void
  ) {
    self.title = title
    self.metric = metric
    self.epochs = epochs
    self.secondsLeftOfAll = secondsLeftOfAll
    self.showsFeatureFolder = showsFeatureFolder
    self.terminal = terminal
    self.write = write
  }

  /// Shows an event.
  public func observe(_ event: TrainingEvent) {
    switch event {
    case .features(let dataset, let done, let count): show("features of \(dataset)", done, of: count)
    case .featuresKept(let dataset, _, let folder, let byteCount, let limit):
      if showsFeatureFolder {
        say(
          "keeps \(Self.size(byteCount)) of features of \(dataset) in \(folder.path), which may grow to \(Self.size(limit))"
        )
      }
    case .phase(let name, let number, let count): say("phase \(number) of \(count): \(name)")
    case .resumed(let epochs, let batches):
      say("goes on after \(epochs) epochs\(batches > 0 ? " and \(batches) batches" : "")")
    case .step(let epoch, let batch, let count, let size, let loss):
      samples += size
      guard isDue else { return }
      show(
        ProgressLine(
          names: [title], done: share(batch, of: count),
          figures: ["epoch \(epoch), batch \(batch) of \(count)", "loss \(decimal(loss))"],
          rates: [timeLeftOfAll, rate(samples)]), isFinal: false)
    case .epoch(let epoch, _, let history): showEpoch(epoch, history)
    case .warning(let text): say("warning: \(text)")
    case .ended(let reason, let history):
      let best = best(of: history).map { ", best \($0.value) at epoch \($0.epoch)" } ?? ""
      say("ended: \(reason)\(best)")
    }
  }

  /// Shows how much is done of what is counted in pictures.
  package func show(_ work: String, _ done: Int, of count: Int) {
    // Pictures that were done before the first report, maybe by an earlier call, have no share in the rate.
    if firstCount == nil { (firstCount, began) = (done, .now) }
    let own = done - (firstCount ?? done)
    if done == count || isDue {
      show(
        ProgressLine(
          names: [title, work], done: share(done, of: count), figures: ["\(done) of \(count)"],
          rates: [timeLeft(for: count - done, after: own), timeLeftOfAll, rate(own)]),
        isFinal: done == count)
    }
    if done == count { (firstCount, began) = (nil, .now) }
  }

  private func share(_ done: Int, of count: Int) -> Double? {
    count > 0 ? Double(done) / Double(count) : nil
  }

  private func showEpoch(_ epoch: History.Epoch, _ history: History) {
    let bestText = best(of: history).map { " (best \($0.value) at \($0.epoch))" } ?? ""
    let measured = metric.map { "\($0.name) \(text(of: $0, in: epoch))\(bestText)" } ?? ""
    let line = ProgressLine(
      names: [title], figures: ["epoch \(epoch.number)", "loss \(decimal(epoch.trainingLoss))", measured],
      rates: ["\(decimal(epoch.seconds)) s", timeLeft(after: epoch), timeLeftOfAll])
    if terminal != nil {
      show(line, isFinal: false)
    } else if epoch.number <= 10 || epoch.number.isMultiple(of: 10) {
      show(line, isFinal: true)
    }
    samples = 0
    began = .now
  }

  private var isDue: Bool {
    ContinuousClock.now - lastLine > (terminal != nil ? .milliseconds(200) : .seconds(30))
  }

  private func show(_ line: ProgressLine, isFinal: Bool) {
    lastLine = .now
    guard let terminal else { return write(line.text + "\n") }
    write("\(Terminal.startOfLine)\(line.text(columns: terminal.lineWidth))\(isFinal ? "\n" : "")")
  }

  /// Writes a sentence, which stays, and may take several lines.
  private func say(_ sentence: String) {
    lastLine = .now
    write("\(terminal == nil ? "" : Terminal.startOfLine)\(title)   \(sentence)\n")
  }

  private func best(of history: History) -> (value: String, epoch: Int)? {
    guard let metric, let best = history.best(metric) else { return nil }
    return (text(of: metric, in: best), best.number)
  }

  private func text(of metric: MonitoredMetric, in epoch: History.Epoch) -> String {
    epoch[metric].map(decimal) ?? "–"
  }

  private func decimal(_ value: Double) -> String { String(format: value < 10 ? "%.4f" : "%.1f", value) }

  private func timeLeft(after epoch: History.Epoch) -> String {
    guard let epochs, epoch.number < epochs else { return "" }
    return "about \(Self.duration(Double(epochs - epoch.number) * epoch.seconds)) left"
  }

  private func timeLeft(for count: Int, after done: Int) -> String {
    guard count > 0, done > 0 else { return "" }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    return "about \(Self.duration(seconds / Double(done) * Double(count))) left"
  }

  private var timeLeftOfAll: String {
    secondsLeftOfAll().map { "all: about \(Self.duration($0)) left" } ?? ""
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
