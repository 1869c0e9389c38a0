import GraftReports
import Testing

struct TableTests {
  private let table = Table(
    title: "Table 5.1", caption: "Per-image IoU.",
    columns: ["encoder", .numbers("control"), .numbers("gain")],
    rows: [["VGG19", "0.731", "−0.005"], ["", "10.5", "+1"]])

  @Test func numbersStandBelowEachOtherOnATerminal() {
    let lines = [
      "Table 5.1",
      "encoder  control    gain",
      "───────  ───────  ──────",
      "VGG19      0.731  −0.005",
      "            10.5      +1",
      "Per-image IoU.",
    ]
    #expect(table.text == lines.joined(separator: "\n"))
  }

  @Test func aTerminalIsNotTakenOver() {
    let hostile = Table(columns: ["file"], rows: [["\u{1b}[2Jx\ny"]])
    #expect(hostile.text == "file\n─────────────\n\\u{1B}[2Jx\\ny")
  }

  @Test func commaSeparatedValuesAreQuotedWhereTheyMustBe() {
    let table = Table(
      title: "left out", columns: ["name", "a,b"],
      rows: [["plain", "1"], ["say \"x\"", "two\nlines"], ["two\r\nlines", ""], [" blank ", "ü"]])
    #expect(
      table.csv
        == "name,\"a,b\"\r\nplain,1\r\n\"say \"\"x\"\"\",\"two\nlines\"\r\n\"two\r\nlines\",\r\n blank ,ü\r\n"
    )
  }

  @Test func cellsThatHeadRowsAndColumnsSaySo() throws {
    let html = try Element(parsing: table.html)
    #expect(html.name == "table")
    #expect(html.all("caption").map(\.text) == ["Table 5.1 Per-image IoU."])
    let heads = html.all("th").map {
      "\($0.text)|\($0.attributes["scope"] ?? "")|\($0.attributes["class"] ?? "")"
    }
    #expect(heads == ["encoder|col|", "control|col|number", "gain|col|number", "VGG19|row|"])
    #expect(html.all("td").map(\.text) == ["0.731", "−0.005", "", "10.5", "+1"])
    #expect(html.all("tr").count == 3)
  }

  @Test func namesAreNotMarkup() throws {
    let hostile = "</td><script>alert('1')</script>&amp;\"\u{0}\u{7}"
    let table = Table(title: hostile, caption: hostile, columns: [.init(hostile)], rows: [[hostile]])
    let html = try Element(parsing: table.html)
    let shown = hostile.replacing("\u{0}", with: "\u{fffd}").replacing("\u{7}", with: "\u{fffd}")
    #expect(html.all("th").map(\.text) == [shown, shown])
    #expect(html.all("caption").map(\.text) == ["\(shown) \(shown)"])
    #expect(html.all("script").isEmpty)
  }
}
