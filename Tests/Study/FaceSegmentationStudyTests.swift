import Foundation
import GraftDatasets
import GraftImages
import GraftMetrics
import GraftModels
@testable import GraftStudy
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

/// Drawn faces, of which some cannot be read and some have the mask of the next.
private func damagedFaces(_ base: Dataset, damaged: Set<Int>, repainted: Set<Int>) -> Dataset {
  base.flatMap { index, sample in
    let other = base[repainted.contains(index) ? index + 1 : index].target
    let mask = Content<Tensor> {
      guard !damaged.contains(index) else {
        throw DatasetError("mask \(index)", "it is torn", remedy: "Mend it.")
      }
      return try other.value
    }
    return [
      Sample(
        identifier: sample.identifier, person: sample.person, picture: sample.picture, target: .mask(mask))
    ]
  }
}

/// Masks with hair and without; only those without may be repainted.
private func conditions(
  count: Int, damaged: Set<Int> = [], repainted: Set<Int> = []
) -> [FaceSegmentationStudy.Condition] {
  let faces = SyntheticFaces(like: .lfw, count: count, poseSpread: 2.5)
  return [FaceClasses.withHair, .withoutHair].map { classes in
    let masks = damagedFaces(
      faces.masks(classes).remembered, damaged: damaged, repainted: classes == .withHair ? [] : repainted)
    return FaceSegmentationStudy.Condition(masks, name: "drawn", masks: classes)
  }
}

private var short: FaceSegmentationConfiguration {
  var configuration = FaceSegmentationConfiguration(.drawn)
  configuration.gender.epochs = 1
  configuration.segmentation.epochs = 1
  return configuration
}

@Suite(.long) struct FaceSegmentationStudyTests {
  /// What `scripts/study` without options shows, with fewer faces.
  @Test func drawnFacesAreLearned() throws {
    try withTemporaryFolder { folder in
      var configuration = FaceSegmentationConfiguration(.drawn)
      configuration.gender.epochs = 8
      configuration.segmentation.epochs = 60
      let run = try studyRun(
        configuration, in: folder, faces: SyntheticFaces(count: 400).attribute.remembered,
        conditions: conditions(count: 300))
      try run.carryOut()
      let encoder = try #require(run.results.encoders["small"])
      let gender = try #require(encoder.gender).scores
      #expect(gender.validation.accuracy >= 0.7)
      #expect(try #require(gender.test).accuracy >= 0.7)
      #expect(encoder.decoders.count == 4)
      for result in encoder.decoders {
        for scores in [result.scores.validation, try #require(result.scores.test)] {
          #expect(try #require(scores.lead(.iou)) > 0.02, "\(result)")
          #expect(scores.network.distinctMaskCount > 10, "\(result)")
        }
      }
      #expect(encoder.encoderDigest?.control != encoder.encoderDigest?.gender)
      #expect(run.results.run.secondsWithoutStore > 0)
    }
  }

  @Test func badSamplesAreNamedAllAtOnceOrLeftOut() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(count: 20).attribute.remembered
      let damaged = conditions(count: 20, damaged: [3, 7])
      let output = folder.appendingPathComponent("out")
      let stopped = try #require(
        #expect(throws: StudyError.self) {
          try studyRun(short, in: output, faces: faces, conditions: damaged).carryOut()
        })
      #expect(stopped.description.contains("2 samples cannot be used"))
      #expect(stopped.description.contains("drawn face4: mask 3: it is torn. Mend it."))
      #expect(stopped.description.contains("drawn face8"))
      let list = try String(contentsOf: output.appendingPathComponent("bad-samples.txt"), encoding: .utf8)
      #expect(list.split(separator: "\n").count == 2)

      let skipping = try studyRun(short, in: output, faces: faces, conditions: damaged)
      try skipping.carryOut(onBadSample: .skip)
      let dataset = try #require(skipping.results.run.datasets["drawn"])
      #expect(dataset.count == 18 && dataset.badSamples.map(\.identifier) == ["face4", "face8"])
      #expect(
        skipping.results.encoders["small"]?.decoders.map(\.scores.validation.network.imageCount) == [
          2, 2, 2, 2,
        ])
    }
  }

  @Test func changedDataAndWeightsAreRefused() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(count: 20).attribute.remembered
      try studyRun(short, in: folder, faces: faces, conditions: conditions(count: 20)).carryOut()
      let data = try #require(
        #expect(throws: StudyError.self) {
          try studyRun(short, in: folder, faces: faces, conditions: conditions(count: 22)).carryOut()
        })
      #expect(
        data.description.contains("drawn: the data are not those") && data.description.contains("20 samples"))
      #expect(data.description.contains("20 samples then, 22 now"))
      let masks = try #require(
        #expect(throws: StudyError.self) {
          try studyRun(short, in: folder, faces: faces, conditions: conditions(count: 20, repainted: [5]))
            .carryOut()
        })
      #expect(
        masks.description.contains("the same 20 pictures, but masks differ: no-hair)")
          && masks.remedy == .otherFolder, "\(masks)")
      let other = FaceSegmentationStudy.Subject(name: "small") { VGG(.vgg16, width: 8) }
      let weights = try #require(
        #expect(throws: StudyError.self) {
          try studyRun(
            short, in: folder, subjects: [other], faces: faces, conditions: conditions(count: 20)
          ).carryOut()
        })
      #expect(weights.description.contains("published weights are not those"))
    }
  }

  @Test func aKindOfMasksThatIsAddedLaterIsLookedAtFirst() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(count: 20).attribute.remembered
      try studyRun(short, in: folder, faces: faces, conditions: [conditions(count: 20)[0]]).carryOut()
      let added = [conditions(count: 20)[0], conditions(count: 20, damaged: [3, 7])[1]]
      let error = try #require(
        #expect(throws: StudyError.self) {
          try studyRun(short, in: folder, faces: faces, conditions: added).carryOut()
        })
      #expect(
        error.description.contains(
          "2 of the samples that could be used then cannot be used now, the first of them face4: mask 3: it is torn"
        ), "\(error)")
    }
  }

  @Test func missingWeightsAreNamedBeforePicturesAreLookedAt() throws {
    struct NoWeights: Error {}
    try withTemporaryFolder { folder in
      let subject = FaceSegmentationStudy.Subject(name: "missing") { throw NoWeights() }
      // Any look at a mask would end in another error: all are torn.
      #expect(throws: NoWeights.self) {
        try studyRun(
          short, in: folder, subjects: [subject], conditions: conditions(count: 20, damaged: Set(0..<20))
        ).carryOut()
      }
    }
  }

  @Test func choicesOfTheFastestConvolutionsAreKeptBesideTheFeatures() throws {
    try withTemporaryFolder { folder in
      var configuration = short
      configuration.algorithm = .fastest
      try studyRun(
        configuration, in: folder, conditions: conditions(count: 20)
      ).carryOut()
      let file = folder.appendingPathComponent("features/convolutions.json")
      let record = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      let names = try #require(record["fastest"] as? [String: String]).keys
      for direction in ["inference", "forward", "backward to the images", "backward to the kernel"] {
        #expect(names.contains { $0.hasPrefix(direction) }, "\(direction)")
      }
      try folder.write("no JSON", to: "features/convolutions.json")
      let error = try #require(throws: ConvolutionChoices.Unreadable.self) {
        _ = try studyRun(configuration, in: folder)
      }
      #expect("\(error)".contains("convolutions.json: it does not say"))
    }
  }

  private final class Text { var written = "" }

  @Test func aRunBelowItsBaselineSaysWhy() throws {
    try withTemporaryFolder { folder in
      let text = Text()
      let console = RunConsole(.quiet, terminal: nil) { text.written += $0 }
      try studyRun(
        short, in: folder, conditions: conditions(count: 20), console: console
      ).carryOut()
      let warnings = text.written.split(separator: "\n")
      #expect(warnings.allSatisfy { $0.hasPrefix("warning: ") })
      #expect(
        text.written.contains(
          "that of a mask that is the same for every picture. It took 1 step of 16 pictures"))
    }
  }

  @Test func aTunedNetworkThatIsGoneIsNamed() throws {
    try withTemporaryFolder { folder in
      try studyRun(short, in: folder, conditions: conditions(count: 20)).carryOut()
      try FileManager.default.removeItem(at: RunFolder(folder).model("small-gender"))
      let error = #expect(throws: StudyError.self) {
        try studyRun(short, in: folder, conditions: conditions(count: 20)).carryOut()
      }
      #expect(error?.description.contains("was tuned, and its network is not there") == true)
    }
  }

  @Test func aLaterCallSaysTheWarningsAgainAndTheReportHasThem() throws {
    try withTemporaryFolder { folder in
      func warnings() throws -> Set<Substring> {
        let text = Text()
        let run = try studyRun(
          short, in: folder, conditions: conditions(count: 20),
          console: RunConsole(.quiet, terminal: nil) { text.written += $0 })
        try run.carryOut()
        #expect(run.results.run.warnings.count == text.written.split(separator: "\n").count)
        return Set(text.written.split(separator: "\n"))
      }
      let first = try warnings()
      #expect(!first.isEmpty)
      #expect(try warnings() == first)
      let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
      #expect(page.contains("that of a mask that is the same for every picture. It took 1 step of 16"))
    }
  }

  @Test func programsGetALineOfJSONForEachEvent() throws {
    try withTemporaryFolder { folder in
      let text = Text()
      let console = RunConsole(.json, terminal: Terminal { 80 }) { text.written += $0 }
      try studyRun(
        short, in: folder, conditions: conditions(count: 20), console: console
      ).carryOut()
      let events = try text.written.split(separator: "\n").map { line in
        try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
      let kinds = Set(events.compactMap { $0["event"] as? String })
      #expect(kinds.isSuperset(of: ["examined", "features", "epoch", "ended"]))
      let epochs = events.filter { $0["event"] as? String == "epoch" }
      #expect(epochs.count == 5)
      #expect(epochs.allSatisfy { ($0["metrics"] as? [String: Any])?["validationLoss"] is Double })
    }
  }

  @Test func aPlanCountsTrainingsBytesAndOperations() throws {
    var configuration = FaceSegmentationConfiguration(.drawn)
    func plan() throws -> RunPlan {
      try FaceSegmentationStudy(
        [smallSubject], tunedOn: SyntheticFaces(count: 1000).attribute, conditions: conditions(count: 300),
        configuration: configuration
      ).plan(after: FaceSegmentationResults(configuration: configuration))
    }
    let whole = try plan()
    // Features of 14×14×64 for gender, and of 7×7×64 for both arms, in float32.
    #expect(whole.byteCount == 4 * (1000 * 14 * 14 * 64 + 2 * 300 * 7 * 7 * 64))
    #expect(whole.summary.contains("1 gender tuning, 4 decoders") && whole.seconds > 0)
    configuration.featureType = .bfloat16
    #expect(try plan().byteCount * 2 == whole.byteCount)
    #expect(
      whole.items.map(\.work) == [
        "features for gender, 1000 pictures", "gender tuning, 8 epochs",
        "features of the control arm, 300 pictures",
        "features of the gender arm, 300 pictures", "decoders of both arms, 60 epochs",
      ])
    // The tuned arm begins at the stage that both share.
    #expect(whole.items[3].floatingPointOperations < whole.items[2].floatingPointOperations / 4)
  }

  @Test func aRunBeginsWithItsPlanAndTellsTheTimeLeftOfAllOfIt() throws {
    try withTemporaryFolder { folder in
      let text = Text()
      let console = RunConsole(.progress, terminal: nil) { text.written += $0 }
      func run() throws {
        text.written = ""
        try studyRun(
          short, in: folder, conditions: conditions(count: 20), console: console
        ).carryOut()
      }
      try run()
      let plans = text.written.split(separator: "\n").filter { $0.hasPrefix("plan: ") }
      #expect(
        plans.count == 1
          && plans[0].hasPrefix("plan: 1 gender tuning, 4 decoders; 20 pictures for gender, 20 with masks; "))
      let epochs = text.written.split(separator: "\n").filter { $0.contains("epoch 1   loss") }
      #expect(epochs.count == 5)
      #expect(epochs.allSatisfy { $0.contains("   all: ") }, "\(epochs)")
      #expect(epochs.last?.hasSuffix("0 s left") == true, "\(epochs)")
      // There is no plan where all is done.
      try run()
      #expect(!text.written.contains("plan: "), "\(text.written)")
    }
  }

  @Test func aClockCountsWhatIsLeftAtThePaceOfWhatIsDone() throws {
    var configuration = short
    configuration.segmentation.epochs = 10
    var results = FaceSegmentationResults(configuration: configuration)
    results.encoders["small"] = .init(
      gender: .init(
        scores: .init(validation: .init(accuracy: 1, majorityShare: 0.5, pictures: 2)), trainingPictures: 18,
        bestEpoch: 1, epochs: 1))
    func plan() throws -> RunPlan {
      try FaceSegmentationStudy(
        [smallSubject], tunedOn: SyntheticFaces(count: 20).attribute.remembered,
        conditions: conditions(count: 30), configuration: configuration
      ).plan(after: results)
    }
    let limited = try plan()
    #expect(
      limited.summary.contains("1 gender tuning (1 done), 4 decoders; ")
        && limited.summary.contains("if every training uses all its epochs"))
    #expect(
      limited.trainings.map(\.name)
        == ["hair", "no-hair"].flatMap { kind in
          ["control", "gender"].map { "small-drawn-\(kind)-\($0)" }
        })
    // Features are computed for the first decoder of each arm.
    #expect(limited.trainings.map { $0.featureSeconds > 0 } == [true, true, false, false])
    let clock = RunClock(limited)
    #expect(clock.secondsLeft == nil)
    clock.begin("small-drawn-hair-control")
    let first = limited.trainings[0]
    #expect(abs(try #require(clock.secondsLeft) - limited.seconds) < 1e-9 * limited.seconds + 1e-12)
    // An epoch that took twice as long as planned: so will the 39 others.
    let epoch = History.Epoch(
      number: 1, learningRate: 1, trainingLoss: 1, metrics: [:], seconds: 2 * first.seconds / 10)
    clock.observe(.epoch(epoch, isBest: true, history: History()))
    let wanted = 39 * 2 * first.seconds / 10 + limited.trainings[1].featureSeconds
    #expect(abs(try #require(clock.secondsLeft) - wanted) < 1e-9 * wanted)
    // Long ago is forgotten.
    for number in 2...9 {
      clock.observe(
        .epoch(
          History.Epoch(
            number: number, learningRate: 1, trainingLoss: 1, metrics: [:], seconds: first.seconds / 10),
          isBest: true, history: History()))
    }
    let pace =
      (try #require(clock.secondsLeft) - limited.trainings[1].featureSeconds) / (31 * first.seconds / 10)
    #expect(pace > 1 && pace < 1.1, "\(pace)")

    configuration.segmentation.epochs = nil
    let unlimited = try plan()
    #expect(unlimited.summary.contains("take the usual number"))
    let silent = RunClock(unlimited)
    silent.begin("small-drawn-hair-control")
    #expect(silent.secondsLeft == nil)
  }
}
