import Foundation
import GraftDatasets
import GraftTensor
import GraftTraining

/// What is left to do of a study, and what that takes on this machine.
struct FaceSegmentationPlan {
  /// Where nothing limits the epochs: about what the paper reports for its gender tunings (Table 4.1) and shows for its
  /// decoders (Figures 5.1 to 5.6).
  static let usualEpochs = (gender: 30, segmentation: 300)

  private(set) var plan: RunPlan
  private let configuration: FaceSegmentationConfiguration

  /// Times one batch of each kind of work; nothing is written.
  init(of study: FaceSegmentationStudy, after results: FaceSegmentationResults) throws {
    configuration = study.configuration
    plan = RunPlan(
      title: "",
      assumption: """
        Where the settings do not limit the epochs, \(Self.usualEpochs.gender) are counted for a gender tuning and \
        \(Self.usualEpochs.segmentation) for a decoder, about as many as the paper's took.
        """)
    for subject in study.subjects {
      try add(Remainder(of: subject, study, after: results.encoders[subject.name]), subject)
    }
    plan.title = title(of: study)
  }

  private func title(of study: FaceSegmentationStudy) -> String {
    func done(of count: Int, _ kind: String) -> String {
      let done = count - plan.trainings.count { $0.kind == kind }
      return done > 0 ? " (\(done) done)" : ""
    }
    let (tunings, decoders) = (study.subjects.count, study.subjects.count * study.conditions.count * 2)
    let masks = Dictionary(study.conditions.map { ($0.name, $0.dataset.count) }) { first, _ in first }
    return "\(counted(tunings, "gender tuning"))\(done(of: tunings, "gender")), "
      + "\(counted(decoders, "decoder"))\(done(of: decoders, "segmentation")); "
      + "\(counted(study.faces.count, "picture")) for gender, \(masks.values.reduce(0, +)) with masks"
  }
}

// MARK: What there is to do

/// How many pictures each part of a data set has.
private struct PartCounts {
  let training, validation, test: Int

  init(of split: Split) {
    (training, validation, test) = (split.training.count, split.validation.count, split.test.count)
  }

  var all: Int { training + validation + test }

  /// How many pictures' learning so many epochs cost: measuring takes about a third of it, as it has no gradients. The test
  /// part is measured once.
  func learned(_ epochs: Int) -> Double {
    Double(epochs) * (Double(training) + Double(validation) / 3) + Double(test) / 3
  }
}

/// What of the work with one encoder is not done yet.
private struct Remainder {
  struct Decoder {
    let name: String
    let arm: FaceSegmentationResults.Arm
    let pictures: PartCounts
    let logitCount: Int
    /// Whether it is the first of its data set and arm, for which the features are computed.
    let isFirst: Bool
  }

  /// Faces for the tuning; nil if it is done.
  let faces: PartCounts?
  private(set) var decoders: [Decoder] = []

  init(
    of subject: FaceSegmentationStudy.Subject, _ study: FaceSegmentationStudy,
    after done: FaceSegmentationResults.Encoder?
  ) throws {
    let configuration = study.configuration
    faces = done?.gender == nil ? PartCounts(of: try configuration.split(study.faces)) : nil
    var begun = Set((done?.decoders ?? []).map { "\($0.dataset) \($0.arm)" })
    for condition in study.conditions {
      let pictures = PartCounts(of: try configuration.split(condition.dataset))
      for arm in FaceSegmentationResults.Arm.allCases where done?.decoder(condition.title, arm) == nil {
        decoders.append(
          Decoder(
            name: "\(subject.name)-\(condition.title.name)-\(arm.rawValue)", arm: arm, pictures: pictures,
            logitCount: condition.task.logitCount,
            isFirst: begun.insert("\(condition.name) \(arm)").inserted))
      }
    }
  }
}

extension FaceSegmentationPlan {
  /// Adds what is left to do with one encoder.
  private mutating func add(_ left: Remainder, _ subject: FaceSegmentationStudy.Subject) throws {
    // Nothing is timed for its own sake.
    if left.faces == nil && left.decoders.isEmpty { return }
    let costs = try PictureCosts(
      subject, configuration, logitCounts: Set(left.decoders.map(\.logitCount)))
    if let faces = left.faces { addTuning(of: subject, faces, costs) }
    for arm in FaceSegmentationResults.Arm.allCases {
      let pictures = left.decoders.filter { $0.isFirst && $0.arm == arm }.reduce(0) { $0 + $1.pictures.all }
      addFeatures(
        "features of the \(arm.rawValue) arm, \(counted(pictures, "picture"))", features(arm, costs),
        pictures,
        subject)
    }
    addDecoders(left.decoders, subject, costs)
  }

  private func features(_ arm: FaceSegmentationResults.Arm, _ costs: PictureCosts) -> PictureCosts.Cached? {
    arm == .control ? costs.controlFeatures : costs.tunedFeatures
  }

  private mutating func addTuning(
    of subject: FaceSegmentationStudy.Subject, _ faces: PartCounts, _ costs: PictureCosts
  ) {
    let features = costs.genderFeatures
    addFeatures("features for gender, \(counted(faces.all, "picture"))", features, faces.all, subject)
    let epochs = configuration.gender.epochs ?? Self.usualEpochs.gender
    addTraining(
      "gender tuning, \(counted(epochs, "epoch"))", costs.gender, faces.learned(epochs), subject)
    plan.trainings.append(
      RunPlan.Training(
        name: "\(subject.name)-gender", kind: "gender",
        featureSeconds: (features?.cost.seconds ?? 0) * Double(faces.all), epochs: epochs,
        isLimited: configuration.gender.epochs != nil,
        seconds: costs.gender.seconds * faces.learned(epochs)))
  }

  private mutating func addDecoders(
    _ decoders: [Remainder.Decoder], _ subject: FaceSegmentationStudy.Subject, _ costs: PictureCosts
  ) {
    let epochs = configuration.segmentation.epochs ?? Self.usualEpochs.segmentation
    func cost(_ logitCount: Int) -> PictureCosts.Cost { costs.decoders[logitCount] ?? .init() }
    for logitCount in Set(decoders.map(\.logitCount)).sorted() {
      let learned = decoders.filter { $0.logitCount == logitCount }.reduce(0) {
        $0 + $1.pictures.learned(epochs)
      }
      let kind = logitCount == 1 ? "" : ", \(logitCount) parts"
      addTraining(
        "decoders of both arms\(kind), \(counted(epochs, "epoch"))", cost(logitCount), learned, subject)
    }
    plan.trainings += decoders.map { decoder in
      let features = features(decoder.arm, costs)?.cost.seconds ?? 0
      return RunPlan.Training(
        name: decoder.name, kind: "segmentation",
        featureSeconds: decoder.isFirst ? features * Double(decoder.pictures.all) : 0, epochs: epochs,
        isLimited: configuration.segmentation.epochs != nil,
        seconds: cost(decoder.logitCount).seconds * decoder.pictures.learned(epochs))
    }
  }

  private mutating func addFeatures(
    _ work: String, _ cached: PictureCosts.Cached?, _ count: Int, _ subject: FaceSegmentationStudy.Subject
  ) {
    guard let cached, count > 0 else { return }
    plan.items.append(
      RunPlan.Item(
        encoder: subject.name, work: work, floatingPointOperations: cached.cost.operations * Double(count),
        byteCount: count * cached.scalars * configuration.featureType.byteCount,
        seconds: cached.cost.seconds * Double(count)))
  }

  private mutating func addTraining(
    _ work: String, _ cost: PictureCosts.Cost, _ learned: Double, _ subject: FaceSegmentationStudy.Subject
  ) {
    plan.items.append(
      RunPlan.Item(
        encoder: subject.name, work: work, floatingPointOperations: cost.operations * learned, byteCount: 0,
        seconds: cost.seconds * learned))
  }
}
