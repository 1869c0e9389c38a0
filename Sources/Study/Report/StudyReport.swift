import Foundation
import GraftImages
import GraftFiles
import GraftReports

/// The report of a study: a page that opens from disk, its tables for spreadsheets and its figures as files of their own.
///
/// ```
/// report.html
/// tables/table-5.2.csv …      figures/figure-5.3.svg, figure-5.7-vgg19-lfw-hair.png …
/// ```
/// It is made from what the study left in its output folder, finished or not, and can be made again at any time.
public struct StudyReport {
  let folders: [StudyFolder]
  private let output: URL

  /// Reads the results of a study, or of several that differ in their seeds only.
  ///
  /// - Parameters:
  ///   - outputs: the output folder of each; at least one.
  ///   - output: where the report goes; the folder of the study if nil and there is one.
  /// - Throws: ``StudyError`` if a folder has no results.
  public init(of outputs: [URL], to output: URL? = nil) throws {
    guard let first = outputs.first else {
      throw StudyError("A report needs the results of a study at least.")
    }
    folders = try outputs.map(StudyFolder.init)
    self.output = output ?? first
  }

  /// Where the page is written.
  public var file: URL { output.appendingPathComponent("report.html") }

  /// Writes the page, the tables and the figures, each whole or not at all.
  ///
  /// - Throws: ``StudyError`` or an error of the file in question if what the study left cannot be read; `FileError`.
  public func write() throws {
    let sections = folders.count == 1 ? try self.sections(of: folders[0]) : try sectionsOverSeeds()
    var report = HTMLReport(
      title: "Does gender tuning help to segment faces?", summary: summary, sections: sections)
    report.sections.removeAll { $0.blocks.isEmpty }
    for block in report.sections.flatMap(\.blocks) { try writeFile(of: block) }
    try report.write(to: file)
  }

  private var summary: String {
    let names = PaperFigures.ordered(folders.flatMap(\.results.encoders.keys)).joined(separator: ", ")
    let seeds = folders.map { "\($0.results.configuration.seed)" }.joined(separator: ", ")
    let data = folders[0].results.isDrawn ? "drawn faces" : "photographs"
    return
      "\(names.isEmpty ? "Nothing is trained yet" : names); \(data); seed\(folders.count == 1 ? "" : "s") \(seeds)."
  }

  private func sections(of folder: StudyFolder) throws -> [HTMLReport.Section] {
    let names = PaperFigures.ordered(folder.results.encoders.keys)
    return [
      .init("What it shows", folder.results.voidBlocks + folder.results.words),
      .init("Segmentation", try names.flatMap { try folder.segmentationBlocks($0) }),
      .init("Parts", names.flatMap { folder.partBlocks($0) }),
      .init("Curves", names.flatMap { folder.curveBlocks($0) + folder.partCurveBlocks($0) }),
      .init(
        "Pictures",
        try names.flatMap { try folder.pictureBlocks($0) + folder.partPictureBlocks($0) }),
      .init("Gender", try folder.genderBlocks(names)),
      .init("The run", folder.runBlocks),
    ]
  }

  private func writeFile(of block: HTMLReport.Block) throws {
    switch block {
    case .table(let table) where !table.title.isEmpty:
      try AtomicFile.write(table.csv, to: path("tables", table.title, "csv"))
    case .lineChart(let chart): try AtomicFile.write(chart.svg, to: path("figures", chart.title, "svg"))
    case .dotPlot(let plot): try AtomicFile.write(plot.svg, to: path("figures", plot.title, "svg"))
    case .pictures(let grid):
      try AtomicFile.write(grid.contactSheet.encodedPNG(), to: path("figures", grid.title, "png"))
    default: break
    }
  }

  /// `Figure 5.7, vgg19 lfw-hair` is `figures/figure-5.7-vgg19-lfw-hair.svg`.
  private func path(_ folder: String, _ title: String, _ type: String) -> URL {
    let name = title.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
    return output.appendingPathComponent("\(folder)/\(name.joined(separator: "-")).\(type)")
  }
}

extension StudyResults {
  /// Whether its faces were drawn by the library.
  var isDrawn: Bool { datasets.values.contains { $0.isDrawn == true } }

  /// The decoder of a condition and an arm.
  func segmentation(_ encoder: String, _ condition: ConditionName, _ arm: Arm) -> Segmentation? {
    encoders[encoder]?.segmentation.first { $0.isPart(of: condition) && $0.arm == arm }
  }

  /// Both decoders of a condition; nil until both are done.
  func pair(
    _ encoder: String, _ condition: ConditionName
  ) -> (control: Segmentation, gender: Segmentation)? {
    guard let control = segmentation(encoder, condition, .control),
      let gender = segmentation(encoder, condition, .gender)
    else { return nil }
    return (control, gender)
  }

  /// What both decoders of a condition scored on one part of the data; nil until both are done.
  func scores(
    _ encoder: String, _ condition: ConditionName, _ partition: Partition
  ) -> (control: Segmentation.Scores, gender: Segmentation.Scores)? {
    guard let pair = pair(encoder, condition), let control = pair.control.scores[partition],
      let gender = pair.gender.scores[partition]
    else { return nil }
    return (control, gender)
  }

  func conditions(_ encoder: String) -> [ConditionName] {
    Self.conditions(of: encoders[encoder].map { [$0] } ?? [])
  }
}

extension StudyResults.ConditionName {
  /// For people: `LFW, with hair`.
  var title: String { "\(datasetTitle), \(classes.title)" }

  var datasetTitle: String {
    switch dataset {
    case "lfw": "LFW"
    case "helen": "HELEN"
    default: dataset
    }
  }
}
