import Foundation
@testable import GraftStudy
import TestSupport
import Testing

private func result(_ arm: StudyResults.Arm, iou: Double) -> StudyResults.Segmentation {
  .init(
    dataset: "lfw", hair: true, arm: arm, iou: iou, iouSoft: 0.6, iouGlobal: 0.7, iouTwoClass: 0.8,
    bestEpoch: 2,
    epochs: 5, meanMaskIoU: 0.739, meanMaskIoUSoft: 0.619, meanMaskIoUGlobal: 0.72, meanMaskIoUTwoClass: 0.81)
}

@Test func tableShowsGainsAndTheConstantMask() {
  var results = StudyResults(configuration: StudyConfiguration())
  results.encoders["vgg19"] = .init(
    gender: .init(accuracy: 0.9, bestEpoch: 5, epochs: 8),
    segmentation: [result(.control, iou: 0.7), result(.gender, iou: 0.77)])
  let table = results.table
  #expect(table.contains("gender accuracy 0.900 at epoch 5 of 8"))
  #expect(table.contains("0.700") && table.contains("+0.070") && table.contains("0.739"))
  #expect(table.contains("+7.0 points; mean of the relative gains +10.0 %"))
}

@Test func resultsAreReadAsTheyWereWritten() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("results.json")
    #expect(try StudyResults(contentsOf: file) == nil)
    var results = StudyResults(configuration: StudyConfiguration())
    results.encoders["vgg19"] = .init(segmentation: [result(.gender, iou: 0.5)])
    try results.write(to: file)
    #expect(try StudyResults(contentsOf: file) == results)
    try Data("no".utf8).write(to: file)
    #expect(throws: StudyError.self) { try StudyResults(contentsOf: file) }
  }
}

@Test func theFirstSettingThatDiffersIsNamed() {
  let before = StudyConfiguration()
  #expect(before.difference(from: before) == nil)
  var now = before
  now.gender.batchSize = 50
  now.seed = 2
  #expect(now.difference(from: before) == "gender.batchSize was 200 and is now 50")
  var limited = before
  limited.segmentation.epochs = 3
  #expect(limited.difference(from: before) == "segmentation.epochs was not set and is now 3")
}
