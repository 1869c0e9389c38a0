import GraftMetrics
import Foundation
import GraftImages
import GraftReports
import GraftTensor
import GraftTraining
import GraftWeights

/// What a study has left in its output folder, as a report reads it.
struct FaceSegmentationFolder {
  let folder: RunFolder
  let results: FaceSegmentationResults

  /// Reads the results.
  ///
  /// - Throws: ``StudyError`` if there are none.
  init(_ folder: RunFolder) throws {
    self.folder = folder
    guard let results = try FaceSegmentationResults(contentsOf: folder.results) else {
      throw StudyError("\(folder.results.path): there are no results to report. Run the study first.")
    }
    self.results = results
  }

  /// The validation IoU of a decoder, per image and hard, after each epoch; nil without a log.
  func curve(_ encoder: String, _ decoder: FaceSegmentationResults.Decoder) -> [Double]? {
    let names = decoder.scores.validation.network.classes.map(\.name)
    return SegmentationTask(classNames: names).monitored(.iou).flatMap {
      folder.curve("\(encoder)-\(decoder.condition.name)-\(decoder.arm.rawValue)", $0)
    }
  }

  /// The pictures that show what both decoders of a condition do; nil until both are trained.
  func examples(_ encoder: String, _ condition: FaceSegmentationResults.Condition) throws -> ExamplePictures?
  {
    try ExamplePictures(in: folder.url, encoder: encoder, condition: condition)
  }

  /// How many parameters of an encoder's last stage and of each dense layer of its classifier were trained, by layer.
  func trainedParameters(_ encoder: String) throws -> [(layer: String, count: Int)] {
    let file = folder.model("\(encoder)-gender")
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    let weights = try openWeightFile(at: file)
    let buffers = [".mean", ".variance"]
    let names = weights.names.filter { name in !buffers.contains { name.hasSuffix($0) } }
    func count(_ prefix: String) -> Int {
      names.filter { $0.hasPrefix(prefix) }.reduce(0) { $0 + (weights.shape(of: $1)?.scalarCount ?? 0) }
    }
    let stages = names.filter { $0.hasPrefix("encoder.") }.map { $0.split(separator: ".")[1] }
    guard let last = stages.last else { return [] }
    return [(String(last), count("encoder.\(last).")), ("FC-1", count("top.fc1."))]
      + [("FC-2", count("top.fc2.")), ("Softmax", count("top.logits."))]
  }

  /// With what the results were computed: data, weights, machine, times and settings.
  var runBlocks: [HTMLReport.Block] {
    results.runBlocks(
      in: folder,
      results.orderedEncoders.flatMap { name, encoder -> [(name: String, value: String)] in
        guard let digest = encoder.encoderDigest else { return [] }
        return [
          ("\(name) as published", String(digest.control.prefix(16)) + "…"),
          ("\(name) tuned", String(digest.gender.prefix(16)) + "…"),
        ]
      })
  }
}
