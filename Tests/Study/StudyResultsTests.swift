import Foundation
@testable import GraftStudy
import TestSupport
import Testing

private func result(_ arm: StudyResults.Arm, iou: Double) -> StudyResults.Segmentation {
  .init(
    dataset: "lfw", hair: true, arm: arm, iou: iou, iouSoft: 0.6, iouGlobal: 0.7, iouTwoClass: 0.8,
    bestEpoch: 2,
    epochs: 5, meanMaskIoU: 0.739, meanMaskIoUSoft: 0.619, meanMaskIoUGlobal: 0.72, meanMaskIoUTwoClass: 0.81,
    pictures: 70, distinctPredictions: 70)
}

@Test func tableShowsGainsAndTheConstantMask() {
  var results = StudyResults(configuration: StudyConfiguration())
  results.encoders["vgg19"] = .init(
    gender: .init(accuracy: 0.9, bestEpoch: 5, epochs: 8, majorityShare: 0.55),
    segmentation: [result(.control, iou: 0.7), result(.gender, iou: 0.77)])
  let table = results.table
  #expect(table.contains("gender accuracy 0.900 at epoch 5 of 8"))
  #expect(table.contains("0.700") && table.contains("+0.070") && table.contains("0.739"))
  #expect(table.contains("+7.0 points; mean of the relative gains +10.0 %"))
  results.encoders["vgg19"]?.segmentation[0].iou = 0
  #expect(results.table.contains("+77.0 points; mean of the relative gains not defined."))
}

@Test func resultsAreReadAsTheyWereWritten() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("results.json")
    #expect(try StudyResults(contentsOf: file) == nil)
    var results = StudyResults(configuration: StudyConfiguration())
    results.encoders["vgg19"] = .init(segmentation: [result(.gender, iou: 0.5)])
    try results.write(to: file)
    #expect(try StudyResults(contentsOf: file) == results)
    try Data(#"{"schema": 1}"#.utf8).write(to: file)
    let older = #expect(throws: StudyError.self) { try StudyResults(contentsOf: file) }
    #expect(older?.description.contains("another version of Graft (schema 1") == true)
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

@Test func theTableSaysInWordsWhatIsVoidAndWhatMayBeChance() {
  var results = StudyResults(configuration: StudyConfiguration())
  var same = result(.gender, iou: 0.74)
  same.distinctPredictions = 1
  results.encoders["vgg19"] = .init(segmentation: [result(.control, iou: 0.7), same])
  results.encoders["vgg19"]?.gains["lfw-hair"] = .init(
    mean: 0.04, lower: -0.01, upper: 0.09, pValue: 0.1234, changedPredictions: 70)
  #expect(results.table.contains("95 % interval -0.010 to +0.090, p 0.1234; it may be chance"))
  #expect(results.table.contains("lfw-hair, control: does not reach a constant mask under any definition"))
  #expect(
    results.table.contains("lfw-hair, gender: is above a constant mask under per image, hard only, and gives")
  )
  results.encoders["vgg19"]?.gains["lfw-hair"]?.changedPredictions = 0
  #expect(results.table.contains("VOID"))
}

@Test func seedsAreSummedUpAsMeanAndStandardDeviation() {
  let runs = [(1, 0.7, 0.74), (2, 0.72, 0.71), (3, 0.74, 0.77)].map { seed, control, gender in
    var results = StudyResults(configuration: StudyConfiguration())
    results.configuration.seed = UInt64(seed)
    results.encoders["vgg19"] = .init(
      segmentation: [result(.control, iou: control), result(.gender, iou: gender)])
    return results
  }
  let table = StudySummary(runs).table
  // Gains 0.04, -0.01, 0.03: mean 0.02, squared distances 4e-4 + 9e-4 + 1e-4 over 2.
  #expect(table.contains("+0.020 ± 0.026") && table.contains("2 of 3"), "\(table)")
  #expect(table.contains("0.720 ± 0.020") && table.contains("seeds 1, 2, 3"), "\(table)")
  #expect(Spread([0.5]).text == "0.500")
}

@Test func aConfigurationFileReplacesWhatItNames() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("settings.json")
    func replaced(_ text: String) throws -> StudyConfiguration {
      try Data(text.utf8).write(to: file)
      return try StudyConfiguration(.small).replaced(byFile: file)
    }
    var wanted = StudyConfiguration(.small)
    wanted.gender.epochs = 4
    wanted.segmentation.seconds = nil
    wanted.optimizer = .sgd
    #expect(
      try replaced(
        #"{"gender": {"epochs": 4}, "segmentation": {"seconds": null}, "optimizer": "sgd"}"#) == wanted)
    for (text, complaint) in [
      (#"{"gender": {"epoch": 4}}"#, "there is no setting gender.epoch; here there are batchSize"),
      (#"{"gender": 4}"#, "gender should be an object"), (#"{"seed": "one"}"#, "seed has a value"),
      (#"{"optimizer": "adam"}"#, "optimizer has a value"), ("{", "no JSON"),
    ] {
      let error = #expect(throws: StudyError.self) { try replaced(text) }
      #expect(error?.description.contains(complaint) == true, "\(error.map { "\($0)" } ?? "")")
    }
    // What a study writes is what another can be made of.
    try wanted.write(to: file)
    #expect(try StudyConfiguration(.paper).replaced(byFile: file).gender == wanted.gender)
  }
}

@Test func presetsDifferInWhatTheyAreFor() {
  #expect(StudyConfiguration(.paper) == StudyConfiguration())
  #expect(StudyConfiguration(.small).segmentation.learningRate == 1e-3)
  #expect(StudyConfiguration(.keras21).split == .tail)
}
