import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
@testable import GraftStudy
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

/// What a comparison of two arms rests on, computed by other means.
@Suite(.long) struct ArmsTests {
  private let masks = SyntheticFaces(like: .lfw, count: 40, poseSpread: 2.5).masks(.withoutHair).remembered
  private let gender = SyntheticFaces(count: 40).attribute.remembered
  private var condition: FaceSegmentationStudy.Condition { .init(masks, name: "drawn", masks: .withoutHair) }

  private func run(in folder: URL) throws -> Run<FaceSegmentationStudy> {
    var configuration = FaceSegmentationConfiguration(.drawn)
    configuration.gender.epochs = 2
    configuration.segmentation.epochs = 3
    configuration.validationFraction = 0.2
    return try studyRun(configuration, in: folder, faces: gender, conditions: [condition])
  }

  @Test func armsOfOneEncoderAreTheSameToTheBit() throws {
    try withTemporaryFolder { folder in
      let run = try run(in: folder)
      for arm in FaceSegmentationResults.Arm.allCases {
        try FaceSegmentationWork(run).trainDecoder(
          on: try VGG.small(), of: smallSubject, arm: arm, for: condition)
      }
      let results = try #require(run.results.encoders["small"])
      #expect(results.decoders[0].scores == results.decoders[1].scores)
      let gain = try #require(results.gains["drawn-no-hair"])
      #expect(gain.conclusive.mean == 0 && gain.conclusive.changedPredictions == 0)
      let decoders = try FaceSegmentationResults.Arm.allCases.map { arm in
        try SegmentationNetwork(contentsOf: run.folder.model("small-drawn-no-hair-\(arm.rawValue)")).state
          .mapValues(\.scalars)
      }
      #expect(decoders[0] == decoders[1])
    }
  }

  private final class Lines { var text = "" }

  /// Every picture goes once through the stages that both arms share.
  @Test func theTunedArmStartsAfterTheStagesThatBothShare() throws {
    struct Event: Decodable {
      let event: String
      let computedPictures: [String: Int]?
    }
    try withTemporaryFolder { folder in
      let lines = Lines()
      var configuration = FaceSegmentationConfiguration(.drawn)
      (configuration.gender.epochs, configuration.segmentation.epochs) = (1, 1)
      // Of the second condition the pictures are those of the first.
      let hair = SyntheticFaces(like: .lfw, count: 40, poseSpread: 2.5).masks(.withHair).remembered
      let console = RunConsole(.json, terminal: nil) { lines.text += $0 }
      let conditions = [condition, .init(hair, name: "drawn", masks: .withHair)]
      try studyRun(
        configuration, in: folder, faces: gender, conditions: conditions, console: console
      ).carryOut()
      let events = try lines.text.split(separator: "\n").map {
        try JSONDecoder().decode(Event.self, from: Data($0.utf8))
      }
      let computed = events.compactMap(\.computedPictures)
      let total = computed.reduce(into: [:]) { $0.merge($1) { $0 + $1 } }
      // 40 for the tuning; 40 for both arms, which differ in the last stage.
      #expect(total == ["block1": 80, "block2": 80, "block3": 80, "block4": 80, "block5": 80])
      #expect(computed.contains { Set($0.keys) == ["block5"] })
    }
  }

  @Test func gainsAndBaselinesAreThoseOfTheWrittenNetworks() throws {
    try withTemporaryFolder { folder in
      let run = try run(in: folder)
      try run.carryOut()
      let results = try #require(run.results.encoders["small"])
      func parts(_ name: String, _ dataset: Dataset) throws -> Split.Parts {
        try Split(contentsOf: folder.appendingPathComponent("splits/\(name).json")).applied(to: dataset)
      }
      let faces = try parts("drawn-no-hair", masks)
      let test = try #require(faces.test)
      let truth = try (0..<test.count).map { try test[$0].target.value.scalars.map { $0 > 0 } }

      // Each arm's own network, read back and scored pixel by pixel.
      var byArm: [[Double]] = []
      for result in results.decoders {
        let network = try SegmentationNetwork(
          contentsOf: run.folder.model("small-drawn-no-hair-\(result.arm.rawValue)"))
        let digest = try #require(results.encoderDigest)
        #expect(
          network.encoder.digest(through: network.encoder.lastStage.name)
            == (result.arm == .control ? digest.control : digest.gender))
        let ious = try truth.indices.map { index in
          let map = network.probabilities(of: [try test[index].picture.value]).scalars
          return iou(map.map { $0 >= 0.5 }, truth[index])
        }
        let scores = try #require(result.scores.test)
        expectClose(
          try #require(scores.network[.iou]), ious.reduce(0, +) / Double(ious.count), within: 1e-3,
          "\(result.arm)")
        byArm.append(ious)
      }
      let gain = try #require(results.gains["drawn-no-hair"]?.test)
      let differences = zip(byArm[0], byArm[1]).map { $1 - $0 }
      expectClose(gain.mean, differences.reduce(0, +) / Double(differences.count), within: 1e-3, "gain")

      // The constant mask is where more than half of the training masks have the face.
      var counts = [Int](repeating: 0, count: truth[0].count)
      for index in 0..<faces.training.count {
        for (pixel, value) in try faces.training[index].target.value.scalars.enumerated() where value > 0 {
          counts[pixel] += 1
        }
      }
      let constant = counts.map { 2 * $0 >= faces.training.count }
      let baseline = truth.map { iou(constant, $0) }.reduce(0, +) / Double(truth.count)
      expectClose(
        try #require(results.decoders[0].scores.test?.constantMask[.iou]), baseline, within: 1e-6, "constant")

      // The majority is that of the part that is measured.
      let people = try parts("gender", gender)
      let measured = try #require(results.gender).scores
      for (part, scores) in [
        (people.validation, measured.validation), (try #require(people.test), try #require(measured.test)),
      ] {
        let ones = try (0..<part.count).count { try part[$0].target.value.scalar == 1 }
        #expect(scores.majorityShare == Double(max(ones, part.count - ones)) / Double(part.count))
        #expect(scores.pictures == part.count)
      }
    }
  }

  private func iou(_ one: [Bool], _ other: [Bool]) -> Double {
    let both = zip(one, other).count { $0 && $1 }
    let either = zip(one, other).count { $0 || $1 }
    return either == 0 ? 1 : Double(both) / Double(either)
  }

  @Test func theBootstrapDrawsPeopleWhereTheyAreKnown() throws {
    // Six pictures of two people, who differ more than the pictures of one do.
    let differences = [0.1, 0.11, 0.09, -0.05, -0.06, -0.04]
    func score(_ values: [Double]) -> SegmentationScore {
      var score = SegmentationScore()
      for value in values {
        // A mask of 100 pixels, of which so many are found.
        let found = Int((100 * value).rounded())
        let truth = Tensor(shape: [1, 10, 10, 1], scalarType: .uint8) { bytes in
          for index in 0..<100 { bytes[index] = 1 }
        }
        score.add(
          logits: Tensor(shape: [1, 10, 10, 1], scalars: (0..<100).map { $0 < found ? 9 : -9 }), masks: truth)
      }
      return score
    }
    let (control, tuned) = (score(differences.map { _ in 0.5 }), score(differences.map { 0.5 + $0 }))
    func gain(_ people: [String]) throws -> FaceSegmentationResults.Gain {
      let faces = showing(people)
      return try PictureScores(of: faces, counts: control).gain(
        of: PictureScores(of: faces, counts: tuned), random: RandomStream(seed: 3))
    }
    let byPerson = try gain(["a", "a", "a", "b", "b", "b"])
    let byPicture = try gain([])
    #expect(byPerson.unit == .people && byPicture.unit == .pictures)
    let expected = PairedBootstrap(
      differences: differences, groups: ["a", "a", "a", "b", "b", "b"], random: RandomStream(seed: 3))
    expectClose(byPerson.lower, expected.interval.lowerBound, within: 1e-9, "lower")
    expectClose(byPerson.upper, expected.interval.upperBound, within: 1e-9, "upper")
    #expect(byPerson.lower < byPicture.lower && byPerson.upper > byPicture.upper)
  }

  /// Six pictures of people, or of nobody who is known.
  private func showing(_ people: [String]) -> Dataset {
    Dataset(
      name: "people", targets: .masks(["background", "face"]),
      samples: (0..<6).map { index in
        Sample(
          identifier: "\(index)", person: people.isEmpty ? nil : people[index],
          picture: Content { Picture(width: 1, height: 1, channels: 3, pixels: [0, 0, 0]) }, target: .label(0)
        )
      })
  }

  @Test func controlAndGenderAreNotConfusedInTheSummaryOfSeeds() throws {
    let runs = [UInt64(1), 2].map { seed in
      var configuration = FaceSegmentationConfiguration()
      (configuration.seed, configuration.testPart) = (seed, .none)
      var results = FaceSegmentationResults(configuration: configuration)
      results.encoders["vgg19"] = .init(
        decoders: [maskDecoder(.control, iou: 0.61), maskDecoder(.gender, iou: 0.72)])
      return results
    }
    let lines = FaceSegmentationSummary(runs).table.split(separator: "\n").map(String.init)
    let head = try #require(lines.first { $0.contains("control") && $0.contains("gender") })
    let row = try #require(lines.first { $0.hasPrefix("lfw  ") && $0.contains("per image, hard") })
    func value(under column: String) throws -> Substring {
      // Columns of numbers are aligned at their right ends.
      let end = try #require(head.range(of: column)).upperBound
      let place = head.distance(from: head.startIndex, to: end)
      return try #require(row.prefix(place).split(separator: "  ", omittingEmptySubsequences: true).last)
    }
    #expect(try value(under: "control").contains("0.610"))
    #expect(try value(under: "gender").contains("0.720"))
  }
}
