import GraftReports

/// The report of a study. It is made from what the study left in its output folder, finished or not, and can be made again at
/// any time.
public struct FaceSegmentationReport {
  let studies: [FaceSegmentationFolder]
  private let folder: RunFolder

  /// Reads the results of a study, or of several that differ in their seeds only.
  ///
  /// - Parameters:
  ///   - runs: the output folder of each; at least one.
  ///   - folder: where the report goes.
  /// - Throws: ``StudyError`` if a folder has no results.
  public init(of runs: [RunFolder], to folder: RunFolder) throws {
    studies = try runs.map(FaceSegmentationFolder.init)
    self.folder = folder
    if runs.isEmpty { throw StudyError("A report needs the results of a study at least.") }
  }

  /// Writes the page, the tables and the figures, each whole or not at all.
  ///
  /// - Throws: ``StudyError`` or an error of the file in question if what the study left cannot be read; `FileError`.
  public func write() throws {
    try RunReport(
      title: "Does gender tuning help to segment faces?", summary: summary,
      sections: studies.count == 1 ? try sections(of: studies[0]) : try sectionsOverSeeds()
    ).write(to: folder)
  }

  private var summary: String {
    let names = PaperFigures.ordered(studies.flatMap(\.results.encoders.keys)).joined(separator: ", ")
    let seeds = studies.map { "\($0.results.configuration.seed)" }.joined(separator: ", ")
    let data = studies[0].results.isDrawn ? "drawn faces" : "photographs"
    return
      "\(names.isEmpty ? "Nothing is trained yet" : names); \(data); seed\(studies.count == 1 ? "" : "s") \(seeds)."
  }

  private func sections(of study: FaceSegmentationFolder) throws -> [HTMLReport.Section] {
    let names = PaperFigures.ordered(study.results.encoders.keys)
    return [
      .init("What it shows", study.results.voidBlocks + study.results.words),
      .init("Segmentation", try names.flatMap { try study.segmentationBlocks($0) }),
      .init("Curves", names.flatMap { study.curveBlocks($0) }),
      .init("Pictures", try names.flatMap { try study.pictureBlocks($0) }),
      .init("Gender", try study.genderBlocks(names)),
      .init("The run", study.runBlocks),
    ]
  }
}

extension FaceSegmentationResults {
  /// Whether its faces were drawn by the library.
  var isDrawn: Bool { run.datasets.values.contains(where: \.isDrawn) }
}
