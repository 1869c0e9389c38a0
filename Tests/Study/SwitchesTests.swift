import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
@testable import GraftStudy
import GraftTensor
import GraftTraining
import TestSupport
import Testing

typealias Settings = FaceSegmentationConfiguration

/// A narrow ResNet-50 that sees 64×64 pixels, and faces that are drawn for it.
@Suite(.long) struct SwitchesTests {
  private let size = Mask.Size(width: 64, height: 64)

  private func makeEncoder() -> ResNet {
    ResNet(
      .resNet50, variant: .kerasUnpadded, width: 4,
      preprocessing: Preprocessing(width: 64, height: 64, style: .tensorFlow), random: RandomStream(seed: 4))
  }

  private var subject: FaceSegmentationStudy.Subject {
    .init(name: "narrow", poolsFeatures: true) { makeEncoder() }
  }

  private func condition(_ region: FaceClasses = .withHair) -> FaceSegmentationStudy.Condition {
    let faces = SyntheticFaces(like: .lfw, count: 16, poseSpread: 2.5)
    return .init(faces.masks(region, size: size).remembered, name: "drawn", masks: region)
  }

  private let faces = SyntheticFaces(like: .celebA, count: 20).attribute.remembered

  private var quick: FaceSegmentationConfiguration {
    var quick = FaceSegmentationConfiguration()
    (quick.gender.epochs, quick.gender.batchSize, quick.gender.learningRate) = (1, 9, 1e-3)
    (quick.segmentation.epochs, quick.segmentation.batchSize) = (2, 7)
    quick.segmentation.learningRate = 1e-2
    quick.validationFraction = 0.25
    return quick
  }

  private func run(_ configuration: FaceSegmentationConfiguration, in folder: URL) throws -> Run<
    FaceSegmentationStudy
  > {
    try studyRun(configuration, in: folder, subjects: [subject], faces: faces, conditions: [condition()])
  }

  // MARK: What a run does

  @Test func everythingAsKeras21HadItRunsAndMasksAreAllTheSame() throws {
    try withTemporaryFolder { folder in
      var configuration = quick
      let preset = FaceSegmentationConfiguration(.keras21)
      configuration.split = preset.split
      configuration.frozenBatchNorm = preset.frozenBatchNorm
      configuration.pictureResizing = preset.pictureResizing
      configuration.segmentation.decoderInput = preset.segmentation.decoderInput
      let run = try run(configuration, in: folder)
      try run.carryOut()
      let results = try #require(run.results.encoders["narrow"])
      #expect(
        results.decoders.count == 2 && results.encoderDigest?.control != results.encoderDigest?.gender)
      // One kernel decides about every picture: it is its mask, or the rest of it where the picture's number is negative.
      for arm in ["control", "gender"] {
        let scores = try PictureScores(
          contentsOf: folder.appendingPathComponent("scores/narrow-drawn-hair-\(arm)-test.json"))
        let counts = Set(scores.pictures.map(\.prediction))
        #expect(counts.count <= 2, "\(arm): \(counts)")
      }
      // Features of old Keras' frozen ResNet differ from batch to batch: only what is measured afterwards may be cached.
      let history = try String(
        contentsOf: folder.appendingPathComponent("logs/narrow-drawn-hair-control.csv"), encoding: .utf8)
      #expect(history.split(separator: "\n").count == 3)
    }
  }

  @Test(arguments: [Settings.Segmentation.TrainedStages.last, .all])
  func aConditionThatTrainsTheEncoderLeavesItToTheNextAsItWas(_ trained: Settings.Segmentation.TrainedStages)
    throws
  {
    try withTemporaryFolder { folder in
      var configuration = quick
      configuration.segmentation.trainedStages = trained
      func work(_ configuration: FaceSegmentationConfiguration, _ name: String) throws -> FaceSegmentationWork
      {
        FaceSegmentationWork(try run(configuration, in: folder.appendingPathComponent(name)))
      }
      let both = try work(configuration, "both")
      let encoder = makeEncoder()
      let before = encoder.state.mapValues { $0.scalars }
      try both.trainDecoder(on: encoder, of: subject, arm: .control, for: condition())
      #expect(encoder.state.mapValues { $0.scalars } == before)
      // The order of conditions does not matter: the second begins with the same encoder as it would alone.
      try both.trainDecoder(on: encoder, of: subject, arm: .control, for: condition(.withoutHair))
      let alone = try work(configuration, "alone")
      try alone.trainDecoder(on: makeEncoder(), of: subject, arm: .control, for: condition(.withoutHair))
      let second = both.run.results.encoders["narrow"]?.decoders[1]
      let single = alone.run.results.encoders["narrow"]?.decoders[0]
      #expect(second == single && second != nil)
      // It has been trained: a study with a frozen encoder finds something else.
      let frozen = try work(quick, "frozen")
      try frozen.trainDecoder(on: makeEncoder(), of: subject, arm: .control, for: condition(.withoutHair))
      #expect(frozen.run.results.encoders["narrow"]?.decoders[0] != single)
    }
  }

  @Test func aChangedSettingIsNamed() throws {
    try withTemporaryFolder { folder in
      try FaceSegmentationWork(run(quick, in: folder)).trainDecoder(
        on: makeEncoder(), of: subject, arm: .control, for: condition())
      let changes: [((inout FaceSegmentationConfiguration) -> Void, String)] = [
        ({ $0.pictureResizing = .nearest }, "pictureResizing was bilinear and is now nearest"),
        ({ $0.split = .randomByPerson }, "split was random and is now random-by-person"),
        ({ $0.frozenBatchNorm = .keras21 }, "frozenBatchNorm was inference and is now keras-2.1"),
        ({ $0.helenThreshold = .maximum }, "helenThreshold was standard and is now maximum"),
        ({ $0.testPart = .none }, "testPart was set-aside and is now none"),
        ({ $0.segmentation.decoderInput = .pooled }, "segmentation.decoderInput was map and is now pooled"),
        ({ $0.segmentation.selectionIoU = .soft }, "segmentation.selectionIoU was hard and is now soft"),
        ({ $0.segmentation.trainedStages = .all }, "segmentation.trainedStages was none and is now all"),
      ]
      for (change, piece) in changes {
        var changed = quick
        change(&changed)
        let error = #expect(throws: StudyError.self) { try run(changed, in: folder) }
        #expect(error?.description.contains(piece) == true, "\(error.map { "\($0)" } ?? "")")
      }
    }
  }

  // MARK: What follows from settings

  @Test func decodersReadTheMeanWhereTheyAreToldTo() {
    let encoder = makeEncoder()
    let plain = FaceSegmentationStudy.Subject(name: "plain") { makeEncoder() }
    func isPooled(_ input: Settings.Segmentation.DecoderInput, _ subject: FaceSegmentationStudy.Subject)
      -> Bool
    {
      var configuration = FaceSegmentationConfiguration()
      configuration.segmentation.decoderInput = input
      return SegmentationNetwork(
        encoder: encoder, decoder: configuration.decoder(for: encoder, of: subject)
      ).head is PooledDecoder
    }
    #expect(!isPooled(.map, subject) && isPooled(.pooled, subject) && isPooled(.asPrinted, subject))
    #expect(!isPooled(.map, plain) && isPooled(.pooled, plain) && !isPooled(.asPrinted, plain))
  }

  @Test func theIoUThatDecidesIsTheOneOfTheSettings() {
    let metrics = Settings.Segmentation.IoUDefinition.allCases.map { definition -> MonitoredMetric? in
      var segmentation = FaceSegmentationConfiguration().segmentation
      segmentation.selectionIoU = definition
      let task = SegmentationTask(classNames: ["background", "face"])
      return segmentation.selection(for: task)
    }
    #expect(
      metrics == [
        .validation(.iou), .validation(.softIoU), .validation(.globalIoU), .validation(.twoClassIoU),
      ])
  }

  @Test func dataSetsAreDividedByTheRule() throws {
    var configuration = FaceSegmentationConfiguration()
    let faces = faces
    func rule(_ split: Settings.SplitRule, _ dataset: Dataset) -> Split.Rule {
      configuration.split = split
      return configuration.splitRule(for: dataset)
    }
    #expect(rule(.random, faces) == .random(0.1, seed: 1))
    #expect(rule(.tail, faces) == .tail(0.1) && rule(.official, faces) == .official)
    #expect(rule(.randomByPerson, faces) == .random(0.1, seed: 1, keepingPeopleTogether: true))
    // Nothing is known of who is on HELEN's pictures.
    #expect(rule(.randomByPerson, nameless) == .random(0.1, seed: 1, keepingPeopleTogether: false))
  }

  @Test func aTestPartIsSetAsideUnlessThePapersTwoPartsAreWanted() throws {
    var configuration = FaceSegmentationConfiguration()
    let faces = faces
    func split(_ rule: Settings.SplitRule, _ dataset: Dataset) throws -> Split {
      configuration.split = rule
      return try configuration.split(dataset)
    }
    // The drawn faces have a publisher's test part, as LFW has: every tenth.
    for rule in [Settings.SplitRule.random, .tail, .official] {
      let divided = try split(rule, faces)
      #expect(divided.testPart == .official && divided.test == [9, 19].map { faces[$0].identifier })
    }
    #expect(try split(.random, nameless).testPart == .fraction(0.1))
    // Somebody of the publisher's test part may be outside of it, too.
    #expect(try split(.randomByPerson, faces).testPart == .fraction(0.1))
    configuration.testPart = .none
    let two = try split(.random, faces)
    #expect(two.testPart == .none && two.test.isEmpty && two.training.count == 18)
    #expect(configuration.testLimit == 0)
    configuration.testPart = .setAside
    #expect(configuration.testLimit == 1200)
  }

  // MARK: What is refused

  @Test func whatCannotBeIsRefusedBeforeAnythingStarts() throws {
    let changes: [((inout FaceSegmentationConfiguration) -> Void, String)] = [
      ({ $0.gender.batchSize = 0 }, "gender.batchSize is 0"), ({ $0.gender.limit = 3 }, "gender.limit is 3"),
      ({ $0.segmentation.epochs = 0 }, "segmentation.epochs is 0"), ({ $0.epsilon = -1 }, "epsilon is -1.0"),
      ({ $0.segmentation.penalty = -1 }, "segmentation.penalty is -1.0"),
      ({ $0.validationFraction = 1 }, "validationFraction is 1.0"),
      ({ $0.featureType = .int32 }, "featureType is int32"), ({ $0.split = .official }, "no split"),
    ]
    try withTemporaryFolder { folder in
      for (number, (change, piece)) in changes.enumerated() {
        var configuration = quick
        change(&configuration)
        let output = folder.appendingPathComponent("\(number)")
        let error = #expect(throws: (any Error).self) {
          try studyRun(
            configuration, in: output, subjects: [subject], faces: nameless,
            conditions: [.init(nameless, name: "none", masks: .withHair)]
          ).carryOut()
        }
        #expect(error.map { "\($0)" }?.contains(piece) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(!FileManager.default.fileExists(atPath: output.appendingPathComponent("logs").path))
      }
      var wide = quick
      wide.segmentation.decoderInput = .pooled
      let oblong = FaceSegmentationStudy.Subject(name: "oblong") {
        VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 64, height: 32))
      }
      let error = #expect(throws: StudyError.self) {
        try FaceSegmentationStudy(
          [oblong], tunedOn: faces, conditions: [condition()], configuration: wide
        ).check()
      }
      #expect(error?.description.contains("oblong sees pictures of 64×32") == true)
    }
  }

  @Test func presetsAreComplete() throws {
    for preset in FaceSegmentationConfiguration.Preset.allCases {
      try FaceSegmentationConfiguration(preset).check()
    }
    let old = FaceSegmentationConfiguration(.keras21)
    #expect(old.pictureResizing == .nearest && old.frozenBatchNorm == .keras21)
    #expect(old.segmentation.decoderInput == .asPrinted && old.segmentation.penalty == 0.01)
    #expect(FaceSegmentationConfiguration().pictureResizing == .bilinear)
  }
}

/// Pictures of nobody in particular, from no publisher.
private let nameless = Dataset(
  name: "nameless", targets: .labels(["dark", "bright"]),
  samples: (0..<10).map { index in
    Sample(
      identifier: "\(index)",
      picture: Content {
        Picture(
          width: 64, height: 64, channels: 3, pixels: [UInt8](repeating: UInt8(index), count: 64 * 64 * 3))
      }, target: .label(index % 2))
  })
