import GraftMetrics
@testable import GraftTraining
import Testing

@Suite struct ProgressReportTests {
  private final class Text { var written = "" }

  private func report(
    columns: Int?, title: String = "vgg19", metric: MonitoredMetric = .validation(.iou),
    _ events: [TrainingEvent]
  ) -> String {
    let text = Text()
    let report = ProgressReport(
      title: title, metric: metric, epochs: 300, secondsLeftOfAll: { 5000 },
      terminal: columns.map { columns in Terminal { columns } }
    ) { text.written += $0 }
    for event in events { report.observe(event) }
    return text.written
  }

  @Test func aTerminalShowsABarThatIsOverwritten() {
    let written = report(columns: 200, [.features(dataset: "lfw", done: 40, of: 40)])
    #expect(written.hasPrefix("\r") && written.hasSuffix("\n"))
    #expect(written.contains("[████████████████████] 40 of 40"))
  }

  @Test func aFileGetsPlainLines() {
    let written = report(
      columns: nil,
      [
        .features(dataset: "lfw", done: 8, of: 40), .features(dataset: "lfw", done: 40, of: 40),
        .step(epoch: 1, batch: 1, of: 5, samples: 8, loss: 0.7), .warning("The network has collapsed."),
      ])
    let lines = written.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("vgg19   features of lfw   40 of 40"))
    #expect(lines[1] == "vgg19   warning: The network has collapsed.")
    #expect(!written.contains("\r") && !written.contains("█"))
  }

  private var longNames: String { "resnet152  drawn-helen without hair  control" }

  private var events: [TrainingEvent] {
    let epoch = History.Epoch(
      number: 123, learningRate: 1e-3, trainingLoss: 0.12345, metrics: ["validationIoU": 0.81234],
      seconds: 123.4)
    return [
      .features(dataset: "a data set with a long name 顔のデータ, training", done: 4_000, of: 4_000),
      .epoch(epoch, isBest: true, history: History(epochs: [epoch])),
    ]
  }

  @Test(arguments: [20, 40, 60, 80, 100, 130, 200, 400])
  func aLineIsNeverAsWideAsTheTerminal(columns: Int) {
    let written = report(columns: columns, title: longNames, events)
    let lines = written.split(separator: "\r\u{1B}[K").map { $0.filter { $0 != "\n" } }
    #expect(lines.count == 2)
    for line in lines { #expect(line.columnCount < columns, "\(line)") }
    if columns >= 60 {
      #expect(lines[0].contains("4000 of 4000"))
      #expect(lines[1].contains("epoch 123") && lines[1].contains("0.1235"), "\(lines)")
      #expect(lines.allSatisfy { $0.contains("resnet") })
    }
  }

  @Test func namesAreShortenedFirstThenTheBarThenRatesAreLeftOut() {
    let line = ProgressLine(
      names: ["a name of some length", "a part of it"], done: 0.5, figures: ["5 of 10"],
      rates: ["about 3 min left", "12 pictures/s"])
    #expect(
      line.text(columns: 200)
        == "a name of some length   a part of it   [██████████··········] 5 of 10   about 3 min left   12 pictures/s"
    )
    #expect(
      line.text(columns: 90)
        == "a name o…   a part of…   [██████████··········] 5 of 10   about 3 min left   12 pictures/s")
    #expect(
      line.text(columns: 80)
        == "a name o…   a part of…   [█████·····] 5 of 10   about 3 min left   12 pictures/s")
    #expect(line.text(columns: 70).hasSuffix("5 of 10   about 3 min left   12 pictures/s"))
    #expect(line.text(columns: 55).hasSuffix("5 of 10   about 3 min left"))
    #expect(line.text(columns: 35).hasSuffix("5 of 10"))
    #expect(line.text(columns: 12).columnCount == 12)
    #expect((1...110).allSatisfy { line.text(columns: $0).columnCount <= $0 })
  }

  @Test func theWidthIsAskedForEachLine() {
    var columns = 200
    let text = Text()
    nonisolated(unsafe) var asked = 0
    let report = ProgressReport(
      title: longNames, metric: nil,
      terminal: Terminal {
        asked += 1
        return asked == 1 ? 200 : 60
      }
    ) { text.written += $0 }
    report.observe(events[0])
    report.observe(events[0])
    columns = 60
    let lines = text.written.split(separator: "\n").map { String($0.dropFirst(4)) }
    #expect(lines[0].columnCount > columns && lines[1].columnCount < columns, "\(lines)")
  }

  @Test func widthsAreCountedAsTerminalsShowThem() {
    #expect("abc".columnCount == 3 && "顔".columnCount == 2 && "e\u{301}".columnCount == 1)
    #expect("abcdef".shortened(to: 4) == "abc…" && "顔顔顔".shortened(to: 4) == "顔…")
    #expect("abc".shortened(to: 0) == "")
  }

  @Test func timesAreSaidAsPeopleSayThem() {
    #expect(
      [0.2, 45, 89.5, 600, 12_600].map(ProgressReport.duration) == ["1 s", "45 s", "90 s", "10 min", "3.5 h"])
  }
}
