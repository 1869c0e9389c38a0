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

  private var hair: FaceSegmentationStudy.Condition {
    .init(faces.masks(.withHair).remembered, name: "drawn", masks: .withHair)
  }
  private var parts: FaceSegmentationStudy.Condition {
    .init(facesWithParts, name: "drawn", masks: .parts)
  }

  private func run(
    _ conditions: [FaceSegmentationStudy.Condition], in folder: URL, epochs: Int = 2,
    change: (inout FaceSegmentationConfiguration) -> Void = { _ in }
  ) throws -> Run<FaceSegmentationStudy> {
    var configuration = FaceSegmentationConfiguration(.drawn)
    configuration.gender.epochs = 1
    configuration.segmentation.epochs = epochs
    configuration.validationFraction = 0.2
    change(&configuration)
    let run = try studyRun(configuration, in: folder, faces: gender, conditions: conditions)
    try run.carryOut()
    return run
  }

  @Test func partsAreLearnedAndTheirFiguresStandInResultsTablesAndReport() throws {
    try withTemporaryFolder { folder in
      let study = try run([parts], in: folder, epochs: 30)
      let encoder = try #require(study.results.encoders["small"])
      let found = encoder.decoders
      #expect(found.map(\.arm) == [.control, .gender] && found.allSatisfy { $0.masks == .parts })
      for result in found {
        let test = try #require(result.scores.test)
        for scores in [result.scores.validation, test] {
          #expect(scores.network.classes.map(\.name) == ["background", "hair", "skin"])
          #expect(try #require(scores.lead(.iouClassMean)) > 0.05, "\(result)")
          // The mean of all classes, background included.
          let ious = scores.network.classes.compactMap(\.iou)
          expectClose(
            try #require(scores.network[.iouClassMean]), ious.reduce(0, +) / 3, within: 1e-12, "mean")
          #expect(scores.network.distinctMaskCount > scores.network.imageCount / 2 && !scores.network.isBlind)
        }
        // A tenth of the drawn faces is their publisher's test part, and a fifth of the others is for validation.
        #expect(result.trainingPictures == 43)
        #expect(result.scores.validation.network.imageCount == 11 && test.network.imageCount == 6)
        let curve = try #require(try FaceSegmentationFolder(RunFolder(folder)).curve("small", result))
        let best = result.scores.validation.network[.iou]
        #expect(curve.max() == best && curve.firstIndex { $0 == best } == result.bestEpoch - 1)
      }
      let gains = try #require(encoder.gains["drawn-parts"])
      for partition in MeasuredPartition.allCases {
        let gain = try #require(gains[partition])
        let scores = try found.map { try #require($0.scores[partition]?.network[.iou]) }
        expectClose(gain.mean, scores[1] - scores[0], within: 1e-12, "gain")
        #expect(gain.changedPredictions > 0)
      }

      let table = study.results.table
      #expect(table.contains("class mean") && table.contains("drawn-parts: gain"))
      #expect(table.contains("IoU on the test part, which was held out"))
      let csv = try String(
        contentsOf: folder.appendingPathComponent("tables/classes-of-small-on-drawn-parts-test.csv"),
        encoding: .utf8)
      let test = try found.map { try #require($0.scores.test) }
      let hair = [test[0].constantMask, test[0].network, test[1].network].map { $0.classes[1].iou }
      let row = hair.map { $0.map(decimal) ?? "" }
      #expect(csv.contains("\r\nhair,\(row.joined(separator: ","))"), "\(csv)")
      let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
      for part in ["Classes of small on drawn-parts", "hair (orange)", "skin (sky blue)", "decoders"] {
        #expect(page.contains(part), "\(part)")
      }
      for file in ["small-on-drawn.svg", "figure-5.7-small-drawn-parts.png"] {
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("figures/\(file)").path))
      }
      // Seeds: here the same twice.
      let summary = FaceSegmentationSummary([study.results, study.results]).table
      #expect(
        summary.contains("class mean")
          && summary.contains("\(decimal(found[0].scores.validation.network[.iou] ?? 0)) ± 0.000"))
    }
  }

  @Test func theConstantMaskIsTheMostFrequentClassOfTheTrainingPart() throws {
    try withTemporaryFolder { folder in
      let study = try run([parts], in: folder)
      let result = try #require(study.results.encoders["small"]?.decoders.first)
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
        result.scores.validation.constantMask.classes.map(\.iou)
          == zip(both, either).map { Double($0) / Double($1) })
    }
  }

  @Test func aStudyWithoutPartsIsAsBeforeAndPartsMayBeAdded() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("results.json")
      let first = try run([hair], in: folder)
      // The masks of another kind are no change of the data, and nothing is trained again.
      let added = try run([hair, parts], in: folder)
      let encoder = try #require(added.results.encoders["small"])
      #expect(Array(encoder.decoders.prefix(2)) == first.results.encoders["small"]?.decoders)
      #expect(encoder.decoders.count == 4 && added.reportCount == 1)
      #expect(added.results.run.datasets["drawn"]?.maskDigests?.keys.sorted() == ["hair", "parts"])
      #expect(try FaceSegmentationResults(contentsOf: file) == added.results)
      let again = try run([parts], in: folder)
      #expect(again.results.encoders == added.results.encoders)
      #expect(again.results.run.datasets == added.results.run.datasets)
    }
  }

  @Test(arguments: [SegmentationTask.LossName.dice, .softIoU])
  func otherLossesAreThoseOfClasses(_ loss: SegmentationTask.LossName) throws {
    let own = SegmentationTask(classNames: ["a", "b", "c"]).loss(loss)
    #expect(own.name.contains("of a, b, c"), "\(own.name)")
  }

  @Test func everyPictureGetsTheSameMaskOfPartsWhereOneNumberDecides() throws {
    let truth = try facesWithParts.targets(at: [0, 1])
    var map = ConstantClassMap(classCount: 3)
    map.add(truth)
    var score = PixelClassScore(classCount: 3)
    score.add(pixelLogits: map.shares(for: truth), labels: truth)
    let figures = score.figures(classNames: facesWithParts.classNames)
    #expect(figures.isBlind && figures.distinctMaskCount == 1)
    var results = FaceSegmentationResults(configuration: FaceSegmentationConfiguration())
    results.encoders["small"] = .init(
      decoders: [
        .init(
          dataset: "drawn", masks: .parts, arm: .control,
          scores: .init(validation: .init(network: figures, constantMask: figures)), trainingPictures: 2,
          bestEpoch: 1, epochs: 1)
      ])
    let blocks = results.voidBlocks.map { "\($0)" }
    #expect(blocks.contains { $0.contains("the same mask in drawn-parts (control)") }, "\(blocks)")
  }
}
