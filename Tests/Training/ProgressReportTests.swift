@testable import GraftTraining
import Testing

@Suite struct ProgressReportTests {
  private final class Text { var written = "" }

  private func report(isTerminal: Bool, _ events: [TrainingEvent]) -> String {
    let text = Text()
    let report = ProgressReport(title: "vgg19", metric: .validationIoU, isTerminal: isTerminal) {
      text.written += $0
    }
    for event in events { report.observe(event) }
    return text.written
  }

  @Test func aTerminalShowsABarThatIsOverwritten() {
    let written = report(isTerminal: true, [.features(dataset: "lfw", done: 40, of: 40)])
    #expect(written.hasPrefix("\r") && written.hasSuffix("\n"))
    #expect(written.contains("[████████████████████] 40 of 40"))
  }

  @Test func aFileGetsPlainLines() {
    let written = report(
      isTerminal: false,
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

  @Test func timesAreSaidAsPeopleSayThem() {
    #expect(
      [0.2, 45, 89.5, 600, 12_600].map(ProgressReport.duration) == ["1 s", "45 s", "90 s", "10 min", "3.5 h"])
  }
}
