import Foundation
import TestSupport
import Testing

/// The programs' progress on terminals as people have them.
@Suite(.serialized, .long) struct TerminalTests {
  private func expectCalmLines(
    _ text: String, columns: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let lines = PseudoTerminal.progressLines(in: text)
    #expect(lines.count > 3, "\(text)", sourceLocation: sourceLocation)
    for line in lines where !line.contains("ended: ") && !line.contains("plan: ") && !line.contains("warning")
    {
      #expect(line.count < columns, "\(line)", sourceLocation: sourceLocation)
    }
  }

  private func arguments(_ folder: URL, _ output: String) throws -> [String] {
    try folder.writeSyntheticTrees()
    return ["celeba", "lfw", "helen"].flatMap { ["--\($0)", folder.appendingPathComponent($0).path] } + [
      "--encoders", "small", "--limit-gender", "20", "--gender-epochs", "2", "--segmentation-batch", "3",
      "--segmentation-epochs", "4", "--masks", "hair", "--output", output,
    ]
  }

  @Test(arguments: [60, 80, 200]) func aStudyShowsOneLineThatNeverWraps(columns: Int) throws {
    try withTemporaryFolder { folder in
      let terminal = try PseudoTerminal(columns: columns)
      let process = try ExampleProcess(
        "face-segmentation-study", try arguments(folder, "out"), in: folder, terminal: terminal)
      #expect(process.end() == 0, "\(process.output)")
      let text = terminal.wholeText()
      expectCalmLines(text, columns: columns)
      #expect(text.contains("checked") && !text.contains("looked at"))
      #expect(text.contains("█") == (columns >= 80) || columns == 60, "\(text)")
      #expect(!text.contains("synthetic"))
    }
  }

  @Test func aTerminalThatGetsNarrowerIsFollowed() throws {
    try withTemporaryFolder { folder in
      let terminal = try PseudoTerminal(columns: 200)
      let process = try ExampleProcess(
        "pretrain-small-encoder",
        [
          "--pictures", "640", "--held-out", "64", "--epochs", "12", "--batch", "16", "--output",
          "w.safetensors",
        ],
        in: folder, terminal: terminal)
      process.wait { PseudoTerminal.progressLines(in: terminal.text).count > 3 }
      let before = terminal.text.utf8.count
      terminal.resize(columns: 60)
      process.wait { terminal.text.utf8.count > before + 2000 }
      #expect(process.end() == 0, "\(process.output)")
      let text = terminal.wholeText()
      expectCalmLines(text, columns: 200)
      // What was being written as the width changed may still be of the old one.
      let after = String(decoding: Array(text.utf8)[(before + 400)...], as: UTF8.self)
      let lines = PseudoTerminal.progressLines(in: after)
      #expect(lines.count > 3 && lines.filter { $0.count >= 60 && !$0.contains("ended") }.isEmpty, "\(after)")
    }
  }
}
