import Foundation
import GraftFiles
import GraftImages
import GraftReports
import TestSupport
import Testing

struct HTMLReportTests {
  private let photo = Picture(width: 2, height: 1, channels: 3, pixels: [10, 20, 30, 40, 50, 60])
  private let mask = Picture(width: 2, height: 1, channels: 1, pixels: [0, 255])

  /// A report of every kind of block, with a text in each of its places.
  private func report(_ text: String) -> HTMLReport {
    HTMLReport(
      title: text, summary: text,
      sections: [
        .init(
          text,
          [
            .subheading(text), .paragraph(text), .warning(text), .list([text, text]), .links([(text, text)]),
            .table(Table(title: text, caption: text, columns: [.init(text)], rows: [[text]])),
            .lineChart(
              LineChart(
                title: text, caption: text, xTitle: text, yTitle: text, series: [.init(text, y: [1, 2])])),
            .dotPlot(
              DotPlot(
                title: text, caption: text, valueTitle: text, series: [text],
                rows: [.init(text, [.init(1, in: 0...2)])])),
          ]),
        .init(
          text,
          [
            .pictures(
              PictureGrid(
                title: text, caption: text, keys: [.init(text, color: .init(red: 1, green: 20, blue: 255))],
                rows: [
                  .init(
                    text,
                    [
                      .init(photo, caption: text, alternativeText: text),
                      .errors(of: mask, against: mask, on: photo, caption: text, alternativeText: text),
                    ])
                ])), .keyValues([(text, text)]), .preformatted(text),
          ]),
      ])
  }

  @Test func coloursOfPicturesStandBesideTheirNames() throws {
    let keys = try Element(parsing: try report("<skin>").html()).all("span").filter {
      $0.attributes["class"] == "key" && $0.text.contains("<skin>")
    }
    #expect(keys.count == 1)
    #expect(keys.first?.all("i").first?.attributes["style"] == "background: rgb(1, 20, 255)")
  }

  @Test func thePageHasItsLandmarksAndALanguage() throws {
    let page = try report("Words").html()
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    let html = try Element(parsing: page)
    for name in ["head", "header", "nav", "main", "h1"] { #expect(html.all(name).count == 1, "\(name)") }
    #expect(
      html.all("head").first?.all("title").map(\.text) == ["Words"] && html.all("h1").first?.text == "Words")
    #expect(html.all("meta").contains { $0.attributes["charset"] == "utf-8" })
    #expect(html.all("meta").contains { $0.attributes["name"] == "viewport" })
    // No text of ours was taken for text of the user's.
    #expect(!page.contains("&lt;") && !page.contains("Markup("))
  }

  @Test func theContentsLeadToTheSections() throws {
    let html = try Element(parsing: report("Words").html())
    let targets = html.all("nav").flatMap { $0.all("a") }.compactMap { $0.attributes["href"] }
    #expect(targets == html.all("section").compactMap { $0.attributes["id"] }.map { "#\($0)" })
    #expect(targets.count == 2)
    let headings = html.all("h2").compactMap { $0.attributes["id"] }
    #expect(headings == html.all("section").compactMap { $0.attributes["aria-labelledby"] })
  }

  @Test func nothingIsLoadedAndNothingRuns() throws {
    let page = try report("Words").html()
    for forbidden in ["http://", "https://", "<script", "<link", "@import", "url("] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    let policy = try Element(parsing: page).all("meta").first {
      $0.attributes["http-equiv"] == "Content-Security-Policy"
    }
    #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none'") == true)
  }

  @Test(arguments: [
    "<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>",
    "</title></style></pre></svg>&lt;&#60;&",
    "]]><!--", "a\u{0}b\u{b}c\u{1b}[31m\u{7f}\u{ffff}", "Grüße 顔 👤 \u{202e}gnp.exe",
  ])
  func namesAreNeverMarkup(text: String) throws {
    let plain = try Element(parsing: report("Words").html())
    let hostile = try Element(parsing: report(text).html())
    #expect(names(below: hostile) == names(below: plain))
    let attributes = hostile.all("img").flatMap(\.attributes.keys)
    #expect(Set(attributes) == ["src", "alt", "width", "height"])
    let shown = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { [0, 0xb, 0x1b, 0x7f, 0xffff].contains($0.value) ? "\u{fffd}" : $0 }))
    #expect(hostile.all("h1").first?.text == shown)
    #expect(hostile.all("dt").first?.text == shown && hostile.all("li").last?.text != nil)
    #expect(hostile.all("img").allSatisfy { $0.attributes["alt"] == shown })
  }

  private func names(below element: Element) -> [String] {
    element.children.flatMap { [$0.name] + names(below: $0) }
  }

  @Test func picturesAreInThePageBitForBit() throws {
    let html = try Element(parsing: report("Words").html())
    let sources = html.all("img").compactMap { $0.attributes["src"] }
    let prefix = "data:image/png;base64,"
    let pictures = try sources.map { source in
      let data = try #require(Data(base64Encoded: String(source.dropFirst(prefix.count))))
      return try Picture(decoding: Bytes([UInt8](data), file: URL(fileURLWithPath: "picture.png")))
    }
    #expect(sources.allSatisfy { $0.hasPrefix(prefix) })
    #expect(pictures == [photo, photo])  // hits are not marked
    #expect(html.all("figcaption").contains { $0.text.contains("false positive (striped)") })
  }

  @Test func preformattedTextKeepsItsLines() throws {
    let text = "\n  first\n\tsecond"
    let report = HTMLReport(title: "Words", sections: [.init("One", [.preformatted(text)])])
    let html = try Element(parsing: report.html())
    // HTML takes the first line end away, XML does not.
    #expect(html.all("pre").first?.text == "\n" + text)
    #expect(html.all("nav").isEmpty)
  }

  @Test func theFileIsWritten() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("out/report.html")
      try report("Words").write(to: file)
      #expect(try String(contentsOf: file, encoding: .utf8) == report("Words").html())
    }
  }
}
