import Foundation
import GraftFiles

extension FaceSegmentationStudy {
  /// What a study, or one with several seeds, writes to its output folder: files and folders, but for those of each seed.
  public static let outputNames = [
    "bad-samples.txt", "checkpoints", "configuration.json", "events", "features", "figures", "logs", "models",
    "pictures", "report.html", "results.json", "scores", "splits", "tables",
  ]

  /// Whether a folder holds the results of a study, or those of a seed of one.
  public static func hasResults(in folder: URL) -> Bool {
    let seeds = ((try? FileSystem.names(in: folder)) ?? []).filter { $0.description.hasPrefix("seed-") }
    return ([folder] + seeds.map(folder.appending)).contains { place in
      (try? StudyResults(contentsOf: place.appendingPathComponent("results.json"))) != nil
    }
  }
}
