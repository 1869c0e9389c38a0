import Foundation
import GraftDatasets
import GraftMetrics
import GraftModels
@testable import GraftStudy
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

@Suite(.long) struct PartsTests {
  private let faces = SyntheticFaces(like: .lfw, count: 60, poseSpread: 2.5)
  private let facesWithParts = SyntheticFaces(like: .lfw, count: 60, poseSpread: 2.5).masks(.parts).remembered
  private let gender = SyntheticFaces(count: 20).attribute.remembered
  private var subject: FaceSegmentationStudy.Subject { .init(name: "small") { try VGG.small() } }

  private var hair: FaceSegmentationStudy.Condition {
    .init(faces.masks(.withHair).remembered, name: "drawn", classes: .withHair)
  }
  private var parts: FaceSegmentationStudy.Condition {
    .init(facesWithParts, name: "drawn", classes: .parts)
  }

  private func run(
    _ conditions: [FaceSegmentationStudy.Condition], in folder: URL, epochs: Int = 2,
    change: (inout StudyConfiguration) -> Void = { _ in }
  ) throws -> FaceSegmentationStudy {
    var configuration = StudyConfiguration(.drawn)
    configuration.gender.epochs = 1
    configuration.segmentation.epochs = epochs
    configuration.validationFraction = 0.2
    change(&configuration)
    let study = try FaceSegmentationStudy(configuration: configuration, output: folder, console: .silent)
    try study.run([subject], tunedOn: gender, conditions: conditions)
    return study
  }

  @Test func partsAreLearnedAndTheirFiguresStandInResultsTablesAndReport() throws {
    try withTemporaryFolder { folder in
      let study = try run([parts], in: folder, epochs: 30)
      let encoder = try #require(study.results.encoders["small"])
      let found = try #require(encoder.parts)
      #expect(found.map(\.arm) == [.control, .gender] && encoder.segmentation.isEmpty)
      for result in found {
        let test = try #require(result.scores.test)
        for scores in [result.scores.validation, test] {
          #expect(scores.classes.map(\.name) == ["background", "hair", "skin"])
          #expect(scores.iou > scores.constantMaskIoU + 0.05, "\(result)")
          // The mean of all classes, background included.
          let ious = scores.classes.compactMap(\.iou)
          expectClose(scores.iou, ious.reduce(0, +) / 3, within: 1e-12, "mean")
          #expect(scores.distinctPredictions > scores.pictures / 2 && !scores.isBlind)
        }
        // A tenth of the drawn faces is their publisher's test part, and a fifth of the others is for validation.
        #expect(result.trainingPictures == 43)
        #expect(result.scores.validation.pictures == 11 && test.pictures == 6)
        let curve = try #require(
          try StudyFolder(folder).curve("small-drawn-parts-\(result.arm.rawValue)", "validationMeanIoU"))
        let best = result.scores.validation.iou
        #expect(curve.max() == best && curve.firstIndex(of: best) == result.bestEpoch - 1)
      }
      let gains = try #require(encoder.gains["drawn-parts"])
      for partition in StudyResults.Partition.allCases {
        let gain = try #require(gains[partition])
        let scores = try found.map { try #require($0.scores[partition]) }
        expectClose(gain.mean, scores[1].iouPerImage - scores[0].iouPerImage, within: 1e-12, "gain")
        #expect(gain.changedPredictions > 0)
      }

      let table = study.results.table
      #expect(table.contains("part, global IoU") && table.contains("drawn-parts: gain"))
      #expect(table.contains("Parts on the test part, which no choice saw"))
      let csv = try String(
        contentsOf: folder.appendingPathComponent("tables/parts-of-small-on-drawn-test.csv"), encoding: .utf8)
      let hair = try found.map { try #require($0.scores.test).classes[1] }
      let row = [hair[0].constantMaskIoU, hair[0].iou, hair[1].iou].map { $0.map(decimal) ?? "" }
      #expect(csv.contains("\r\nhair,\(row.joined(separator: ","))"), "\(csv)")
      let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
      for part in ["Parts of small on drawn", "hair (orange)", "skin (sky blue)", "Told apart into 3 parts"] {
        #expect(page.contains(part), "\(part)")
      }
      for file in ["parts-small-on-drawn-curves.svg", "parts-small-drawn-parts.png"] {
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("figures/\(file)").path))
      }
      // Seeds: here the same twice.
      let summary = StudySummary([study.results, study.results]).table
      #expect(
        summary.contains("mean of all")
          && summary.contains("\(decimal(found[0].scores.validation.iou)) ± 0.000"))
    }
  }

  @Test func theConstantMaskIsTheMostFrequentClassOfTheTrainingPart() throws {
    try withTemporaryFolder { folder in
      let study = try run([parts], in: folder)
      let result = try #require(study.results.encoders["small"]?.parts?.first)
      let dataset = facesWithParts
      let split = try Split(contentsOf: folder.appendingPathComponent("splits/drawn-parts.json")).applied(
        to: dataset)
      let pixels = 224 * 224
      var counts = [[Int]](repeating: [0, 0, 0], count: pixels)
      for index in 0..<split.training.count {
        for (pixel, number) in try split.training[index].target.value.scalars.enumerated() {
          counts[pixel][Int(number)] += 1
        }
      }
      // The first of the most frequent ones.
      let constant = counts.map { own in own.firstIndex(of: own.max() ?? 0) ?? 0 }
      var (both, either) = ([0, 0, 0], [0, 0, 0])
      for index in 0..<split.validation.count {
        for (pixel, number) in try split.validation[index].target.value.scalars.enumerated() {
          for own in 0..<3 where Int(number) == own || constant[pixel] == own {
            either[own] += 1
            if Int(number) == constant[pixel] { both[own] += 1 }
          }
        }
      }
      #expect(
        result.scores.validation.classes.map(\.constantMaskIoU)
          == zip(both, either).map { Double($0) / Double($1) })
    }
  }

  @Test func aStudyWithoutPartsIsAsBeforeAndPartsMayBeAdded() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("results.json")
      let first = try run([hair], in: folder)
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(!text.contains("\"parts\""))
      // The masks of another kind are no change of the data, and nothing is trained again.
      let added = try run([hair, parts], in: folder)
      let encoder = try #require(added.results.encoders["small"])
      #expect(encoder.segmentation == first.results.encoders["small"]?.segmentation)
      #expect(encoder.parts?.count == 2 && added.reportCount == 1)
      #expect(added.results.datasets["drawn"]?.maskDigests?.keys.sorted() == ["hair", "parts"])
      #expect(try StudyResults(contentsOf: file) == added.results)
      let again = try run([parts], in: folder)
      #expect(again.results.encoders == added.results.encoders)
      #expect(again.results.datasets == added.results.datasets)
    }
  }

  @Test(arguments: [StudyConfiguration.Segmentation.LossName.dice, .softIoU])
  func otherLossesAreThoseOfClasses(_ loss: StudyConfiguration.Segmentation.LossName) throws {
    let own = StudyConfiguration.Segmentation().with { $0.loss = loss }.trainingLoss(telling: ["a", "b"])
    #expect(own.name.contains("of a, b"), "\(own.name)")
  }

  @Test func everyPictureGetsTheSameMaskOfPartsWhereOneNumberDecides() throws {
    let truth = try facesWithParts.targets(at: [0, 1])
    var map = ConstantClassMap(classCount: 3)
    map.add(truth)
    var score = PixelClassScore(classCount: 3)
    score.add(pixelLogits: map.shares(for: truth), labels: truth)
    let scores = PartScores(of: facesWithParts.prefix(2), score: score)
    let measured = StudyResults.Parts.Scores(
      of: scores, classNames: facesWithParts.classNames, constantMask: scores.score)
    let result = StudyResults.Parts(
      dataset: "drawn", arm: .control, scores: .init(validation: measured), trainingPictures: 2, bestEpoch: 1,
      epochs: 1)
    #expect(measured.isBlind && measured.distinctPredictions == 1)
    var results = StudyResults(configuration: StudyConfiguration())
    results.encoders["small"] = .init()
    results.encoders["small"]?.parts = [result]
    let blocks = results.voidBlocks.map { "\($0)" }
    #expect(blocks.contains { $0.contains("the same mask in drawn-parts (control)") }, "\(blocks)")
  }
}

extension StudyConfiguration.Segmentation {
  fileprivate func with(_ change: (inout Self) -> Void) -> Self {
    var changed = self
    change(&changed)
    return changed
  }
}
