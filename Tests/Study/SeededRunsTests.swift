import Foundation
import GraftDatasets
@testable import GraftStudy
import TestSupport
import Testing

@Suite(.long) struct SeededRunsTests {
  private let faces = SyntheticFaces(count: 20).attribute.remembered
  private let masks = SyntheticFaces(like: .lfw, count: 20, poseSpread: 2.5).masks(.withHair).remembered

  private func carryOut(_ seeds: [UInt64], in folder: URL) throws -> [FaceSegmentationResults] {
    try SeededRuns<FaceSegmentationStudy>(in: folder, console: .silent).carryOut(seeds: seeds) { seed in
      var configuration = FaceSegmentationConfiguration(.drawn)
      (configuration.gender.epochs, configuration.segmentation.epochs) = (1, 1)
      configuration.seed = seed
      return FaceSegmentationStudy(
        [smallSubject], tunedOn: faces, conditions: [.init(masks, name: "drawn", masks: .withHair)],
        configuration: configuration)
    }
  }

  private func refusal(_ seeds: [UInt64], in folder: URL) -> String {
    let error = #expect(throws: StudyError.self) { try carryOut(seeds, in: folder) }
    #expect(error?.remedy == .otherFolder)
    return error.map { "\($0)" } ?? ""
  }

  @Test func noCallReplacesTheReportOfAnother() throws {
    try withTemporaryFolder { folder in
      let (single, several) = (folder.appendingPathComponent("one"), folder.appendingPathComponent("two"))
      _ = try carryOut([1], in: single)
      let page = try Data(contentsOf: RunFolder(single).report)
      #expect(refusal([1, 2], in: single).contains("this folder holds a single run, with the seed 1"))
      #expect(try Data(contentsOf: RunFolder(single).report) == page)

      let results = try carryOut([1, 2], in: several)
      let both = try Data(contentsOf: RunFolder(several).report)
      #expect(refusal([1], in: several).contains("this folder holds runs with the seeds 1, 2"))
      #expect(refusal([2, 3], in: several).contains("also holds runs with the seeds 1,"))
      #expect(try Data(contentsOf: RunFolder(several).report) == both)
      // Seeds may be added.
      #expect(try carryOut([1, 2, 3], in: several).map(\.configuration.seed) == [1, 2, 3])
      #expect(try Data(contentsOf: RunFolder(several).report) != both)
      let table = FaceSegmentationSummary(results).table
      #expect(table.contains("s with the feature store; computed anew in every epoch they would"), "\(table)")
    }
  }

  @Test func seedsThatDidNotLearnGenderAreNamed() throws {
    try withTemporaryFolder { folder in
      let runs = try [(UInt64(1), 0.9), (2, 0.5)].map { seed, accuracy in
        var configuration = FaceSegmentationConfiguration()
        (configuration.seed, configuration.testPart) = (seed, .none)
        var results = FaceSegmentationResults(configuration: configuration)
        results.encoders["vgg19"] = .init(
          gender: .init(
            scores: .init(validation: .init(accuracy: accuracy, majorityShare: 0.55, pictures: 200)),
            trainingPictures: 1800, bestEpoch: 5, epochs: 8),
          decoders: [maskDecoder(.control, iou: 0.7), maskDecoder(.gender, iou: 0.72)])
        let own = RunFolder(folder).seed(seed)
        try results.write(to: own.results)
        return own
      }
      try FaceSegmentationReport(of: runs, to: RunFolder(folder)).write()
      let page = try String(contentsOf: RunFolder(folder).report, encoding: .utf8)
      #expect(page.contains("vgg19 has not learned gender with the seed 2:"))
    }
  }

  /// What a picture takes is known from the run that computed it; the others found it in the store.
  @Test func whatStoredFeaturesAreWorthCountsAllRuns() {
    var (first, second) = (RunRecord(), RunRecord())
    first.featureSeconds = ["vgg19": ["gender": 0.5]]
    first.frozenPictures = ["vgg19": ["gender": 100]]
    first.seconds = ["gender features": 10, "gender": 99]
    second.frozenPictures = ["vgg19": ["gender": 300]]
    second.seconds = ["gender features": 1]
    #expect(second.secondsWithoutStore == 0 && [second].storeSentence == nil)
    #expect(RunRecord.secondsWithoutStore([first, second]) == 200)
    #expect([first, second].storeSentence?.contains("took 11 s") == true)
  }
}
