import Foundation
import GraftDatasets
import GraftMetrics
import GraftModels
import GraftTraining

/// The experiment of the paper: tune the last stage of an encoder on gender, freeze it, train a small decoder on it for
/// face segmentation, and compare with the encoder as it was published.
///
/// ```swift
/// let study = FaceSegmentationStudy([.init(name: "vgg19") { try VGG(.vgg19, weights: .imageNet) }],
///   tunedOn: faces, conditions: [.init(masks, name: "lfw", masks: .withHair)], configuration: FaceSegmentationConfiguration(.small))
/// let run = try Run(of: study, in: URL(filePath: "out"), console: .standardError())
/// try run.carryOut()
/// print(run.results.table)
/// ```
public struct FaceSegmentationStudy: Experiment {
  /// An encoder to be studied.
  public struct Subject {
    /// As in results and file names: `vgg19`.
    public let name: String
    /// Of the classifier's first layer: 5 for VGG16, 10 for the others (the paper's Table 3.1).
    public let hiddenUnits: Int
    /// Whether the classifier sees the mean of the features over the image: for a ResNet.
    public let poolsFeatures: Bool
    /// Makes the encoder with its published weights.
    public let makeEncoder: () throws -> any ImageEncoder

    /// Names an encoder.
    public init(
      name: String, hiddenUnits: Int = 10, poolsFeatures: Bool = false,
      makeEncoder: @escaping () throws -> any ImageEncoder
    ) {
      self.name = name
      self.hiddenUnits = hiddenUnits
      self.poolsFeatures = poolsFeatures
      self.makeEncoder = makeEncoder
    }
  }

  /// Faces with masks, on which two decoders are trained.
  public struct Condition: Sendable {
    /// The faces with masks of these classes.
    public let dataset: Dataset
    /// `lfw` or `helen`.
    public let name: String
    /// What is to be found.
    public let masks: FaceClasses

    /// Names a condition.
    public init(_ dataset: Dataset, name: String, masks: FaceClasses) {
      self.dataset = dataset
      self.name = name
      self.masks = masks
    }

    var title: FaceSegmentationResults.Condition { .init(dataset: name, masks: masks) }
    var task: SegmentationTask { SegmentationTask(dataset) }
  }

  /// The encoders, one after the other; of different names.
  public let subjects: [Subject]
  /// With two classes, for the gender tuning; of CelebA its training pool.
  public let faces: Dataset
  /// The faces with masks.
  public let conditions: [Condition]
  /// The settings.
  public let configuration: FaceSegmentationConfiguration
  /// What the call named besides the settings.
  public let call: FaceSegmentationCall

  /// Describes a study.
  ///
  /// - Parameters:
  ///   - subjects: the encoders, one after the other; of different names.
  ///   - faces: with two classes, for the gender tuning; of CelebA its training pool.
  ///   - conditions: the faces with masks.
  ///   - configuration: the settings.
  ///   - call: what the call named besides the settings, to be written with them.
  public init(
    _ subjects: [Subject], tunedOn faces: Dataset, conditions: [Condition],
    configuration: FaceSegmentationConfiguration, call: FaceSegmentationCall = FaceSegmentationCall()
  ) {
    self.subjects = subjects
    self.faces = faces
    self.conditions = conditions
    self.configuration = configuration
    self.call = call
  }

  /// The faces of the tuning, and those of each condition.
  public var data: [ExperimentData] {
    [ExperimentData(faces, role: "gender")]
      + conditions.map { ExperimentData($0.dataset, role: $0.name, kind: $0.masks.rawValue) }
  }

  /// What is left to do, and what that takes; one batch of each kind of work is timed for it.
  ///
  /// - Throws: whatever making an encoder throws.
  public func plan(after results: FaceSegmentationResults) throws -> RunPlan {
    try FaceSegmentationPlan(of: self, after: results).plan
  }

  /// For each encoder the gender tuning, then for every condition a decoder on the encoder as it was published and one on
  /// the tuned encoder.
  public func carryOut(in run: Run<FaceSegmentationStudy>, on data: [Dataset]) throws {
    let work = FaceSegmentationWork(run)
    let conditions = zip(conditions, data.dropFirst()).map { condition, dataset in
      Condition(dataset, name: condition.name, masks: condition.masks)
    }
    for subject in subjects {
      // Section 4.5: the last stage is tuned on gender, with a classifier on top.
      let tuned = try work.tuneOnGender(subject, with: data[0])
      let published = try configuration.makeEncoder(of: subject)
      // Section 4.6: both encoders are frozen, and a decoder is trained on each for every kind of mask.
      for condition in conditions {
        let isNew = [
          try work.trainDecoder(on: published, of: subject, arm: .control, for: condition),
          try work.trainDecoder(on: tuned, of: subject, arm: .gender, for: condition),
          try work.keepExamples(of: [published, tuned], of: subject, for: condition),
        ]
        if isNew.contains(true) { try run.writeReport() }
      }
    }
  }

  /// Writes the report of a run, or of several that differ in their seeds only.
  public static func writeReport(of runs: [RunFolder], to folder: RunFolder) throws {
    try FaceSegmentationReport(of: runs, to: folder).write()
  }
}

/// The work of one run of a study, and what its steps share.
final class FaceSegmentationWork {
  let run: Run<FaceSegmentationStudy>
  /// What constant masks score, which is the same for every arm and encoder: by condition and part.
  private var constantMasks: [String: SegmentationFigures] = [:]

  init(_ run: Run<FaceSegmentationStudy>) { self.run = run }

  var configuration: FaceSegmentationConfiguration { run.experiment.configuration }

  /// The figures of the constant mask, measured once.
  func constantMask(
    for condition: FaceSegmentationStudy.Condition, _ partition: MeasuredPartition, _ parts: Split.Parts,
    _ measured: Dataset
  ) throws -> SegmentationFigures {
    let key = "\(condition.title.name) \(partition)"
    if let known = constantMasks[key] { return known }
    let figures = try condition.task.constantMaskCounts(of: parts.training, for: measured)
      .figures(classNames: condition.task.classNames)
    constantMasks[key] = figures
    return figures
  }
}
