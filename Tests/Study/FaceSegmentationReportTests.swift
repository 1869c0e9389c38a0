import Foundation
import GraftDatasets
import GraftImages
import GraftMetrics
import GraftModels
import GraftReports
@testable import GraftStudy
import TestSupport
import Testing

@Suite(.long) struct StudyReportTests {
  /// The cells of a table's file, by the first two cells of each row.
  private func cells(_ file: URL) throws -> [[String]: [String]] {
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\r\n").map { line in
      // Only cells with commas are quoted, and those are heads and names.
      line.replacing("per image, ", with: "per image ").replacing("\"", with: "").split(separator: ",").map(
        String.init)
    }
    return Dictionary(lines.map { (Array($0.prefix(2)), Array($0.dropFirst(2))) }) { first, _ in first }
  }

  @Test func aStudyLeavesAPageTablesFiguresPicturesAndEvents() throws {
    try withTemporaryFolder { folder in
      var configuration = FaceSegmentationConfiguration(.drawn)
      configuration.gender.epochs = 2
      configuration.segmentation.epochs = 3
      let faces = SyntheticFaces(like: .lfw, count: 30, poseSpread: 2.5)
      let conditions: [FaceSegmentationStudy.Condition] = [
        .init(faces.masks(.withHair), name: "drawn", masks: .withHair),
        .init(faces.masks(.withoutHair), name: "drawn", masks: .withoutHair),
      ]
      func run() throws -> Run<FaceSegmentationStudy> {
        let run = try studyRun(
          configuration, in: folder, faces: SyntheticFaces(count: 20).attribute, conditions: conditions)
        try run.carryOut()
        return run
      }
      let first = try run()
      func file(_ path: String) -> URL { folder.appendingPathComponent(path) }

      let table = try cells(file("tables/iou-of-small.csv"))
      let testTable = try cells(file("tables/iou-of-small-test.csv"))
      for (index, hair) in [true, false].enumerated() {
        for arm in FaceSegmentationResults.Arm.allCases {
          let result = try #require(
            first.results.encoders["small"]?.decoder(
              .init(dataset: "drawn", masks: .face(hair: hair)), arm))
          for (table, scores) in [
            (table, result.scores.validation), (testTable, try #require(result.scores.test)),
          ] {
            #expect(table[["per image hard", arm.rawValue]]?[index] == scores.network[.iou].map(decimal))
            #expect(table[["per image soft", arm.rawValue]]?[index] == scores.network[.iouSoft].map(decimal))
            #expect(
              table[["global", "constant mask"]]?[index] == scores.constantMask[.iouGlobal].map(decimal))
          }
        }
      }
      let parameters = try cells(file("tables/table-3.1.csv"))
      // Three convolutions of 3×3×64×64 with biases; 7·7·64 inputs to ten units.
      #expect(parameters[["small", "110784"]] == ["31370", "55", "12"])

      let page = try String(contentsOf: file("report.html"), encoding: .utf8)
      for part in [
        "drawn faces; seed 1.", "What it does not show", "Figure 5.7, small drawn-hair", "Figure 4.1, small",
        "false positive (striped)", "face", "data:image/png;base64,", "nothing about photographs follows",
      ] {
        #expect(page.contains(part), "\(part)")
      }
      #expect(!page.contains("http://") || page.contains("http://www.w3.org/2000/svg"))
      let sheet = try Picture(contentsOf: file("figures/figure-5.7-small-drawn-hair.png"))
      #expect(sheet.width == 6 * 228 - 4 && sheet.height == 3 * 228 - 4)
      let curve = try String(contentsOf: file("figures/small-on-drawn.svg"), encoding: .utf8)
      #expect(curve.contains("<svg") && curve.contains("without hair, gender"))
      let events = try EventFile(in: file("events/small-drawn-hair-control"))
      #expect(events.lastStep(of: "validation/IoU") == 3 && events.lastStep(of: "training/loss") == 3)

      // Two conditions; and for a finished study once.
      #expect(first.reportCount == 2)
      try FileManager.default.removeItem(at: file("report.html"))
      let again = try run()
      #expect(again.reportCount == 1 && FileManager.default.fileExists(atPath: file("report.html").path))

      // The same report again, from what lies there.
      try FileManager.default.removeItem(at: file("report.html"))
      try FaceSegmentationReport(of: [RunFolder(folder)], to: RunFolder(folder)).write()
      #expect(try String(contentsOf: file("report.html"), encoding: .utf8) == page)
    }
  }

  private func result(
    _ arm: FaceSegmentationResults.Arm, hair: Bool, iou: Double, distinct: Int = 70
  ) -> FaceSegmentationResults.Decoder {
    maskDecoder(arm, iou: iou, masks: .face(hair: hair), distinct: distinct)
  }

  private func page(of results: FaceSegmentationResults, in folder: URL) throws -> String {
    try results.write(to: folder.appendingPathComponent("results.json"))
    try FaceSegmentationReport(of: [RunFolder(folder)], to: RunFolder(folder)).write()
    return try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
  }

  @Test func thePapersFiguresStandBeside() throws {
    try withTemporaryFolder { folder in
      var configuration = FaceSegmentationConfiguration()
      configuration.testPart = .none
      var results = FaceSegmentationResults(configuration: configuration)
      results.encoders["vgg19"] = .init(
        gender: .init(
          scores: .init(validation: .init(accuracy: 0.9, majorityShare: 0.55, pictures: 200)),
          trainingPictures: 1800, bestEpoch: 5, epochs: 8),
        decoders: [result(.control, hair: false, iou: 0.7), result(.gender, hair: false, iou: 0.77)])
      results.encoders["vgg19"]?.gains["lfw-no-hair"] = .init(
        validation: .init(
          mean: 0.07, lower: 0.05, upper: 0.09, pValue: 0.0002, changedPredictions: 70, unit: .people))
      let page = try page(of: results, in: folder)
      let table = try cells(folder.appendingPathComponent("tables/table-5.2.csv"))
      #expect(
        table[["the paper's", "control"]] == ["0.538"] && table[["the paper's", "gender"]] == ["0.626"])
      #expect(table[["per image hard", "gain"]] == ["+0.070"])
      let gender = try String(
        contentsOf: folder.appendingPathComponent("tables/table-4.1.csv"), encoding: .utf8)
      #expect(gender.contains("vgg19,8,5,0.900,0.550,26,0.9658"))
      let gains = try String(
        contentsOf: folder.appendingPathComponent("tables/gains-of-vgg19.csv"), encoding: .utf8)
      #expect(gains.contains("+7.0,+10.0 %,+5.0 to +9.0,people,0.0002,0.0002,+8.8"))
      #expect(page.contains("the bootstrap leaves 1 gain and 0 losses at 0.05"))
      #expect(page.contains("1 of 2 decoders did not reach a mask that is the same for every picture"))
      #expect(!page.contains("VOID"))
    }
  }

  @Test func encodersStandInTheOrderOfThePapersTables() {
    var results = FaceSegmentationResults(configuration: FaceSegmentationConfiguration())
    for name in ["resnet50", "mobile", "vgg19", "vgg16", "deep"] { results.encoders[name] = .init() }
    #expect(results.orderedEncoders.map(\.name) == ["vgg16", "vgg19", "resnet50", "deep", "mobile"])
  }

  @Test func whatIsVoidIsSaidFirst() throws {
    try withTemporaryFolder { folder in
      var configuration = FaceSegmentationConfiguration()
      configuration.segmentation.decoderInput = .asPrinted
      configuration.testPart = .none
      var results = FaceSegmentationResults(configuration: configuration)
      results.encoders["<resnet50>"] = .init(
        decoders: [
          result(.control, hair: true, iou: 0.7, distinct: 1),
          result(.gender, hair: true, iou: 0.7, distinct: 1),
        ])
      results.encoders["<resnet50>"]?.encoderDigest = .init(control: "a", gender: "a")
      results.encoders["<resnet50>"]?.gains["lfw-hair"] = .init(
        validation: .init(mean: 0, lower: 0, upper: 0, pValue: 1, changedPredictions: 0, unit: .people))
      let page = try page(of: results, in: folder)
      #expect(page.contains("VOID: the tuning has not changed &lt;resnet50&gt;"))
      #expect(page.contains("the same probabilities in lfw-hair"))
      #expect(page.contains("the same mask in lfw-hair (control), lfw-hair (gender)"))
      #expect(page.contains("Table 5.3, whose control and gender values") && !page.contains("<resnet50>"))
    }
  }

  @Test func severalSeedsAreSummedUp() throws {
    try withTemporaryFolder { folder in
      let outputs = try [UInt64(1), 2].map { seed in
        var configuration = FaceSegmentationConfiguration()
        configuration.testPart = .none
        configuration.seed = seed
        var results = FaceSegmentationResults(configuration: configuration)
        results.encoders["vgg16"] = .init(
          decoders: [
            result(.control, hair: true, iou: 0.70),
            result(.gender, hair: true, iou: seed == 1 ? 0.72 : 0.76),
          ])
        let own = folder.appendingPathComponent("seed-\(seed)")
        try results.write(to: own.appendingPathComponent("results.json"))
        return RunFolder(own)
      }
      try FaceSegmentationReport(of: outputs, to: RunFolder(folder)).write()
      let table = try String(
        contentsOf: folder.appendingPathComponent("tables/table-5.1-over-seeds.csv"), encoding: .utf8)
      #expect(table.contains("0.740 ± 0.028,+0.040 ± 0.028,2 of 2,0.739 ± 0.000,0.638,0.660"))
      let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
      // Gains 0.02 and 0.06: t is 0.04 over the root of 0.0008 · (1/2 + 70/630), and p as in SciPy.
      let gains = try String(
        contentsOf: folder.appendingPathComponent("tables/gains-over-seeds.csv"), encoding: .utf8)
      #expect(
        gains.contains("vgg16,lfw,with hair,+0.040 ± 0.028,1.81,0.3215,0.3215,may be chance"), "\(gains)")
      #expect(page.contains("1 gain together: 0 of 1 are beyond chance at 0.05"))
      #expect(throws: StudyError.self) {
        try FaceSegmentationReport(of: [RunFolder(folder).seed(3)], to: RunFolder(folder))
      }
    }
  }
}
