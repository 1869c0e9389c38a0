import ExampleSupport
import Foundation
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Tables on terminals that are narrower than they are.
@Suite(.long) struct TableFoldingTests {
  private let text = """
    Before it.
    data   mask          per image, hard   control    gender
    ─────  ────────────  ───────────────  ────────  ────────
    lfw    with hair                0.74     0.738     0.760
    helen  without hair             0.79   0.79321  0.832012

    After it.
    """

  @Test func titlesAreBrokenWhereThatIsEnough() {
    #expect(text.foldingTables(to: 56) == text)
    #expect(
      text.foldingTables(to: 55) == """
        Before it.
                                per
                             image,
        data   mask            hard  control    gender
        ─────  ────────────  ──────  ───────  ────────
        lfw    with hair       0.74    0.738     0.760
        helen  without hair    0.79  0.79321  0.832012

        After it.
        """)
  }

  @Test func columnsStandInBlocksBelowEachOther() {
    let lines = text.foldingTables(to: 40).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 40 }, "\(lines.joined(separator: "\n"))")
    #expect(lines.count { $0.hasPrefix("helen  without hair") } == 2)
    #expect(lines.contains("helen  without hair    0.79  0.79321"), "\(lines.joined(separator: "\n"))")
    #expect(lines.contains("helen  without hair  0.832012"))
    #expect(lines.first == "Before it." && lines.last == "After it.")
  }

  @Test(arguments: [50, 80]) func aProgramKeepsToTheWidthOfItsTerminal(columns: Int) throws {
    try withTemporaryFolder { folder in
      try SafetensorsFile.write(
        [
          ("block1.conv1.kernel/and/a/long/name", Tensor(shape: [1, 2], scalars: [1.23456, 3])),
          ("a", Tensor(0.123456789)),
        ],
        to: folder.appendingPathComponent("w.safetensors"))
      let screen = try PseudoTerminal(columns: columns)
      let process = try ExampleProcess("inspect-weights", ["w.safetensors"], in: folder, screen: screen)
      #expect(process.end() == 0)
      let shown = screen.wholeText().replacing("\r\n", with: "\n")
      #expect(shown.split(separator: "\n").allSatisfy { $0.count <= columns }, "\(shown)")
      #expect(shown.contains("1.23456") && shown.contains("block1.conv1.kernel/and/a/long/name"), "\(shown)")
      let plain = try run("inspect-weights", ["w.safetensors"], in: folder)
      let titles = plain.output.split(separator: "\n").first { $0.contains("dtype") }
      #expect(titles?.contains("maximum") == true && (titles?.count ?? 0) > 80, "\(plain.output)")
    }
  }
}
