import GraftTensor
import GraftImages
import Foundation
import GraftFiles
import GraftReports

/// The report of a run, or of several: a page that opens from disk, its tables for spreadsheets and its figures as files of
/// their own.
///
/// ```
/// report.html
/// tables/table-5.2.csv …      figures/figure-5.3.svg, figure-5.7-vgg19-lfw-hair.png …
/// ```
struct RunReport {
  let title: String
  /// What it is about, in a line.
  let summary: String
  let sections: [HTMLReport.Section]

  /// Writes the page, the tables and the figures, each whole or not at all.
  func write(to folder: RunFolder) throws {
    let sections = sections.filter { !$0.blocks.isEmpty }
    for block in sections.flatMap(\.blocks) { try writeFile(of: block, in: folder) }
    try HTMLReport(title: title, summary: summary, sections: sections).write(to: folder.report)
  }

  private func writeFile(of block: HTMLReport.Block, in folder: RunFolder) throws {
    /// `Figure 5.7, vgg19 lfw-hair` is `figures/figure-5.7-vgg19-lfw-hair.svg`.
    func file(_ place: String, _ title: String, _ type: String) -> URL {
      let words = title.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
      return folder.url.appendingPathComponent("\(place)/\(words.joined(separator: "-")).\(type)")
    }
    switch block {
    case .table(let table) where !table.title.isEmpty:
      try AtomicFile.write(table.csv, to: file("tables", table.title, "csv"))
    case .lineChart(let chart): try AtomicFile.write(chart.svg, to: file("figures", chart.title, "svg"))
    case .dotPlot(let plot): try AtomicFile.write(plot.svg, to: file("figures", plot.title, "svg"))
    case .pictures(let grid):
      try AtomicFile.write(grid.contactSheet.encodedPNG(), to: file("figures", grid.title, "png"))
    default: break
    }
  }
}

extension RunResults {
  /// What the results were computed with: machine, data, times and settings.
  ///
  /// - Parameters:
  ///   - folder: where they are.
  ///   - more: what else identifies them, by name.
  func runBlocks(in folder: RunFolder, _ more: [(name: String, value: String)]) -> [HTMLReport.Block] {
    let environment = run.environment
    let machine =
      "\(environment.processor), \(counted(environment.threadCount, "thread")), "
      + environment.instructionSet
    return run.warnings.map { .warning($0) } + [
      .keyValues(
        [
          ("processor", machine), ("library", environment.library), ("seed", "\(configuration.seed)"),
          ("folder", folder.url.path),
        ] + more), .table(dataTable), .table(costTable), .subheading("Settings"), .preformatted(settings),
    ]
  }

  private var dataTable: Table {
    Table(
      title: "Data", caption: "What was used and what was left out because it could not be read.",
      columns: ["used for", "data set", .numbers("pictures"), .numbers("left out"), "SHA-256"],
      rows: run.datasets.sorted { $0.key < $1.key }.map { role, dataset in
        [
          role, dataset.name, "\(dataset.count)", "\(dataset.badSamples.count)",
          String(dataset.digest.prefix(16)) + "…",
        ]
      })
  }

  private var costTable: Table {
    Table(
      title: "Times", caption: [run].storeSentence ?? "Nothing was stored: features were computed anew.",
      columns: ["stage", .numbers("seconds"), .numbers("peak memory, MiB")],
      rows: run.seconds.sorted { $0.key < $1.key }.map { stage, seconds in
        [stage, String(format: "%.0f", seconds), "\((run.peakMemoryBytesByStage[stage] ?? 0) >> 20)"]
      })
  }

  private var settings: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(configuration)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
