import Foundation
import GraftTensor
import GraftImages
import GraftWeights

/// What a study has left in its output folder, as a report reads it.
struct StudyFolder {
  /// The folder.
  let url: URL
  let results: StudyResults

  /// Reads the results.
  ///
  /// - Throws: ``StudyError`` if there are none.
  init(_ url: URL) throws {
    self.url = url
    let file = url.appendingPathComponent("results.json")
    guard let results = try StudyResults(contentsOf: file) else {
      throw StudyError("\(file.path): there are no results to report. Run the study first.")
    }
    self.results = results
  }

  /// The values of a metric in each epoch of a training, from its log; nil if there is no such log.
  func curve(_ training: String, _ metric: String) -> [Double]? {
    let file = url.appendingPathComponent("logs/\(training).csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    guard let column = lines.first?.firstIndex(of: metric[...]) else { return nil }
    return lines.dropFirst().map { $0.indices.contains(column) ? Double($0[column]) ?? .nan : .nan }
  }

  /// The pictures that show what both decoders of a condition do; nil until both are trained.
  func examples(_ encoder: String, _ condition: StudyResults.ConditionName) throws -> ExamplePictures? {
    try ExamplePictures(in: url, encoder: encoder, condition: condition)
  }

  /// How many parameters of an encoder's last stage and of each dense layer of its classifier were trained, by layer.
  func trainedParameters(_ encoder: String) throws -> [(layer: String, count: Int)] {
    let file = url.appendingPathComponent("models/\(encoder)-gender.safetensors")
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
}
