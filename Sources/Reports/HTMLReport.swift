import Foundation
import GraftFiles
import GraftTensor

/// A page of text, tables, charts and pictures, in one file that opens from disk: without a network and without scripts,
/// light or dark, on a phone, and on paper.
///
/// All texts are text: names from files cannot become markup.
///
/// ```swift
/// var report = HTMLReport(title: "Does gender tuning help?")
/// report.sections = [
///   .init("Results", [
///     .paragraph("With hair, gender tuning gains a point on HELEN and nothing on LFW."),
///     .table(scores), .table(gains),                             // Table
///     .lineChart(curves),                                        // LineChart
///   ]),
///   .init("Pictures", [.pictures(examples)]),                    // PictureGrid
///   .init("Run", [.keyValues([("encoder", "vgg19"), ("seed", "7")]), .preformatted(command)]),
/// ]
/// try report.write(to: folder.appendingPathComponent("report.html"))
/// ```
public struct HTMLReport: Sendable {
  /// What a section is made of.
  public enum Block: Sendable {
    /// A heading below the section's; not in the table of contents.
    case subheading(String)
    /// Running text.
    case paragraph(String)
    /// Running text that nobody should overlook, such as that a comparison is void.
    case warning(String)
    /// Points, each a line or a few.
    case list([String])
    /// Other files: what to call them, and where they are seen from this one, such as `seed-1/report.html`.
    case links([(name: String, address: String)])
    /// A table; a wide one scrolls in its box.
    case table(Table)
    /// Curves.
    case lineChart(LineChart)
    /// Values with intervals.
    case dotPlot(DotPlot)
    /// Pictures.
    case pictures(PictureGrid)
    /// Names and what they stand for, such as a configuration.
    case keyValues([(name: String, value: String)])
    /// Text whose line ends and blanks stay, such as a command.
    case preformatted(String)
  }

  /// A part of the page, which the table of contents lists.
  public struct Section: Sendable {
    /// As the table of contents shows it.
    public var heading: String
    /// In order.
    public var blocks: [Block]

    /// Creates a section.
    public init(_ heading: String, _ blocks: [Block]) {
      self.heading = heading
      self.blocks = blocks
    }
  }

  /// Of the page and of its window.
  public var title: String
  /// A sentence or two below the title; may be empty.
  public var summary: String
  /// Of the texts, as a tag of BCP 47 such as "en" or "pt-BR".
  public let language: String
  /// In order.
  public var sections: [Section]

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - title: of the page and of its window; not empty.
  ///   - summary: below the title.
  ///   - language: of the texts, as a tag of BCP 47.
  ///   - sections: in order.
  public init(title: String, summary: String = "", language: String = "en", sections: [Section] = []) {
    require(!title.isEmpty, "A report has a title.")
    self.title = title
    self.summary = summary
    self.language = language
    self.sections = sections
  }

  /// The page.
  ///
  /// - Throws: `PictureError` if there is not enough memory for a picture.
  public func html() throws -> String { try page().text }

  /// Writes the page, which appears whole or not at all.
  ///
  /// - Throws: `PictureError` or `FileError`.
  public func write(to file: URL) throws { try AtomicFile.write(html(), to: file) }
}
