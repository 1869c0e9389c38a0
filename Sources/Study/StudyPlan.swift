import Foundation
import GraftDatasets
import GraftTensor
import GraftTraining

/// What a study will compute, and what that takes on this machine: estimated before anything starts.
public struct StudyPlan {
  /// One kind of work with one encoder.
  struct Item {
    let subject: String
    let work: String
    let floatingPointOperations: Double
    let byteCount: Int
    let seconds: Double
  }

  /// One training, with what it takes.
  struct Training {
    /// As its files are called: `vgg19-gender`, `vgg19-lfw-hair-control`.
    let name: String
    let isGender: Bool
    /// Of the features that are computed before its first step; 0 where an earlier training does that.
    let featureSeconds: Double
    let epochs: Int
    /// Of all epochs.
    let seconds: Double
  }

  /// Where nothing limits the epochs: about what the paper reports for its gender tunings (Table 4.1) and shows for its
  /// decoders (Figures 5.1 to 5.6).
  static let usualEpochs = (gender: 30, segmentation: 300)

  private(set) var items: [Item] = []
  /// What is left to do, in the order of the study.
  private(set) var trainings: [Training] = []
  private let trainingCounts: (gender: Int, decoders: Int)
  private let pictureCounts: (gender: Int, masks: Int)
  private let configuration: StudyConfiguration

  /// Times one batch of each kind of work; nothing is written.
  ///
  /// - Parameters:
  ///   - configuration: the settings.
  ///   - subjects: the encoders.
  ///   - faces: for the gender tuning.
  ///   - conditions: the faces with masks.
  ///   - results: what an earlier call has found: what is done is not counted again. Nil if there was none.
  /// - Throws: whatever making an encoder throws.
  public init(
    _ configuration: StudyConfiguration, subjects: [FaceSegmentationStudy.Subject], faces: any PictureDataset,
    conditions: [FaceSegmentationStudy.Condition], after results: StudyResults? = nil
  ) throws {
    self.configuration = configuration
    trainingCounts = (subjects.count, subjects.count * conditions.count * 2)
    let masks = Dictionary(conditions.map { ($0.name, $0.dataset.count) }) { first, _ in first }
    pictureCounts = (faces.count, masks.values.reduce(0, +))
    for subject in subjects {
      let left = try Remainder(
        of: subject, faces, conditions, configuration, after: results?.encoders[subject.name])
      try add(left, subject)
    }
  }

  /// What is written to disk, in bytes.
  public var byteCount: Int { items.reduce(0) { $0 + $1.byteCount } }
  /// How long it takes, in seconds.
  public var seconds: Double { items.reduce(0) { $0 + $1.seconds } }

  /// Whether the settings limit the epochs of all trainings that are left.
  var hasEpochLimits: Bool { trainings.allSatisfy { limit(of: $0) != nil } }

  /// The most epochs that the settings allow a training; nil where they set no limit.
  func limit(of training: Training) -> Int? {
    training.isGender ? configuration.gender.epochs : configuration.segmentation.epochs
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
    let dataset: String
    let arm: StudyResults.Arm
    let pictures: PartCounts
    let logitCount: Int
    /// Whether it is the first of its data set and arm, for which the features are computed.
    let isFirst: Bool
  }

  /// Faces for the tuning; nil if it is done.
  let faces: PartCounts?
  private(set) var decoders: [Decoder] = []

  init(
    of subject: FaceSegmentationStudy.Subject, _ faces: any PictureDataset,
    _ conditions: [FaceSegmentationStudy.Condition], _ configuration: StudyConfiguration,
    after done: StudyResults.Encoder?
  ) throws {
    self.faces = done?.gender == nil ? PartCounts(of: try configuration.split(faces)) : nil
    var begun = Set((done?.segmentation ?? []).map { "\($0.dataset) \($0.arm)" })
    begun.formUnion((done?.parts ?? []).map { "\($0.dataset) \($0.arm)" })
    for condition in conditions {
      let name = condition.title
      let pictures = PartCounts(of: try configuration.split(condition.dataset))
      for arm in StudyResults.Arm.allCases
      where done?.has(name, arm) != true {
        decoders.append(
          Decoder(
            name: "\(subject.name)-\(name.text)-\(arm.rawValue)", dataset: condition.name, arm: arm,
            pictures: pictures, logitCount: condition.logitCount,
            isFirst: begun.insert("\(condition.name) \(arm)").inserted))
      }
    }
  }
}

extension StudyPlan {
  /// Adds what is left to do with one encoder.
  private mutating func add(_ left: Remainder, _ subject: FaceSegmentationStudy.Subject) throws {
    // Nothing is timed for its own sake.
    if left.faces == nil && left.decoders.isEmpty { return }
    let logitCounts = Set(left.decoders.map(\.logitCount))
    let costs = try PictureCosts(subject, configuration, logitCounts: logitCounts)
    if let faces = left.faces {
      let features = costs.genderFeatures
      addFeatures("features for gender, \(faces.all) pictures", features, faces.all, subject)
      let epochs = configuration.gender.epochs ?? Self.usualEpochs.gender
      addTraining("gender tuning, \(epochs) epochs", costs.gender, faces.learned(epochs), subject)
      trainings.append(
        Training(
          name: "\(subject.name)-gender", isGender: true,
          featureSeconds: (features?.cost.seconds ?? 0) * Double(faces.all), epochs: epochs,
          seconds: costs.gender.seconds * faces.learned(epochs)))
    }
    if left.decoders.isEmpty { return }
    let features = costs.segmentationFeatures
    let pictures = left.decoders.filter(\.isFirst).reduce(0) { $0 + $1.pictures.all }
    addFeatures("features of both arms, \(pictures / 2) pictures", features, pictures, subject)
    let epochs = configuration.segmentation.epochs ?? Self.usualEpochs.segmentation
    func cost(_ logitCount: Int) -> PictureCosts.Cost { costs.decoders[logitCount] ?? .init() }
    for logitCount in logitCounts.sorted() {
      let learned = left.decoders.filter { $0.logitCount == logitCount }.reduce(0) {
        $0 + $1.pictures.learned(epochs)
      }
      let kind = logitCount == 1 ? "" : ", \(logitCount) parts"
      addTraining(
        "decoders of both arms\(kind), \(epochs) epochs", cost(logitCount), learned, subject)
    }
    trainings += left.decoders.map { decoder in
      Training(
        name: decoder.name, isGender: false,
        featureSeconds: decoder.isFirst ? (features?.cost.seconds ?? 0) * Double(decoder.pictures.all) : 0,
        epochs: epochs, seconds: cost(decoder.logitCount).seconds * decoder.pictures.learned(epochs))
    }
  }

  private mutating func addFeatures(
    _ work: String, _ cached: PictureCosts.Cached?, _ count: Int, _ subject: FaceSegmentationStudy.Subject
  ) {
    guard let cached, count > 0 else { return }
    items.append(
      Item(
        subject: subject.name, work: work, floatingPointOperations: cached.cost.operations * Double(count),
        byteCount: count * cached.scalars * configuration.featureType.byteCount,
        seconds: cached.cost.seconds * Double(count)))
  }

  private mutating func addTraining(
    _ work: String, _ cost: PictureCosts.Cost, _ learned: Double, _ subject: FaceSegmentationStudy.Subject
  ) {
    items.append(
      Item(
        subject: subject.name, work: work, floatingPointOperations: cost.operations * learned, byteCount: 0,
        seconds: cost.seconds * learned))
  }
}

// MARK: For people

extension StudyPlan {
  /// The plan in one line.
  public var summary: String {
    let (gender, decoders) = trainingCounts
    func done(of count: Int, isGender: Bool) -> String {
      let done = count - trainings.count { $0.isGender == isGender }
      return done > 0 ? " (\(done) done)" : ""
    }
    let duration = ProgressReport.duration(seconds)
    let time =
      hasEpochLimits
      ? "at most about \(duration) on this machine"
      : "about \(duration) on this machine, if trainings without a limit of epochs take as many as the paper's"
    return "plan: \(gender) gender tuning\(gender == 1 ? "" : "s")\(done(of: gender, isGender: true)), "
      + "\(decoders) decoders\(done(of: decoders, isGender: false)); \(pictureCounts.gender) pictures for gender, "
      + "\(pictureCounts.masks) with masks; \(Self.bytes(byteCount)) of features on disk; \(time)"
  }

  /// The plan as a table.
  public var table: String {
    let rows = items.map { item in
      [
        item.subject, item.work, String(format: "%.2f", item.floatingPointOperations / 1e12),
        item.byteCount > 0 ? Self.bytes(item.byteCount) : "", ProgressReport.duration(item.seconds),
      ]
    }
    let text = TextTable(
      header: ["encoder", "work", "10¹² operations", "on disk", "time"], rows: rows, rightAligned: [2, 3, 4]
    ).text
    let (gender, segmentation) = Self.usualEpochs
    let assumption =
      hasEpochLimits
      ? "All epochs that are allowed are counted; trainings that stop improving end earlier."
      : """
      Where the settings do not limit the epochs, \(gender) are counted for a gender tuning and \(segmentation) for a \
      decoder, about as many as the paper's took.
      """
    return """
      \(text)

      \(summary)
      \(assumption) Times are those of one batch of each kind, measured now. Features that the cache has already cost \
      nothing.
      """
  }

  static func bytes(_ count: Int) -> String {
    count < 1 << 30
      ? "\(count >> 20) MiB" : String(format: "%.1f GiB", Double(count) / Double(1 << 30))
  }
}
