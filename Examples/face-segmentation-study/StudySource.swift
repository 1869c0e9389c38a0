import ArgumentParser
import Foundation
import GraftDatasets
import GraftModels
import GraftStudy

/// Makes the study that a call names, with any settings.
struct StudySource {
  private let pictures: any PictureSource
  private let subjects: [FaceSegmentationStudy.Subject]
  private let masks: [FaceClasses]
  private let call: FaceSegmentationCall

  init(_ data: DataOptions, call: FaceSegmentationCall) throws {
    subjects = try data.subjects()
    masks = try data.maskKinds()
    pictures = try data.pictures()
    self.call = call
  }

  func study(_ configuration: FaceSegmentationConfiguration) throws -> FaceSegmentationStudy {
    FaceSegmentationStudy(
      subjects, tunedOn: try pictures.faces(configuration),
      conditions: try pictures.conditions(configuration, masks), configuration: configuration, call: call)
  }
}

/// Where a study gets its pictures.
protocol PictureSource {
  /// For the gender tuning.
  func faces(_ configuration: FaceSegmentationConfiguration) throws -> Dataset
  /// The faces with masks, each data set with masks of all these classes.
  func conditions(
    _ configuration: FaceSegmentationConfiguration, _ classes: [FaceClasses]
  ) throws -> [FaceSegmentationStudy.Condition]
}

/// The data sets of the paper: CelebA for the tuning, and one or both of those with masks.
struct PhotographSource: PictureSource {
  private let celebA: CelebA
  private let lfw: LFWParts?
  private let helen: HELEN?

  init(celebA: URL, lfw: URL?, helen: URL?) throws {
    self.celebA = try CelebA(directory: celebA)
    self.lfw = try lfw.map { try LFWParts(directory: $0) }
    self.helen = try helen.map { try HELEN(directory: $0) }
  }

  func faces(_ configuration: FaceSegmentationConfiguration) throws -> Dataset {
    let (settings, seed) = (configuration.gender, configuration.seed)
    guard configuration.split == .official else {
      return try celebA.gender.trainingPool(
        limit: settings.limit, testLimit: configuration.testLimit, selection: settings.selection, seed: seed)
    }
    return try celebA.gender.officialPool(
      limit: settings.limit, validationFraction: configuration.validationFraction,
      testLimit: configuration.testLimit, selection: settings.selection, seed: seed)
  }

  func conditions(
    _ configuration: FaceSegmentationConfiguration, _ classes: [FaceClasses]
  ) throws -> [FaceSegmentationStudy.Condition] {
    let fromLFW = classes.compactMap { own in
      lfw.map { lfw in
        let faces = lfw.dataset(classes: own, maskResizing: configuration.lfwMasks)
        return FaceSegmentationStudy.Condition(faces, name: "lfw", masks: own)
      }
    }
    let fromHELEN = try classes.compactMap { own in
      try helen.map { helen in
        let faces = try helen.dataset(
          classes: own, threshold: configuration.helenThreshold, maskResizing: configuration.helenMasks)
        return FaceSegmentationStudy.Condition(faces, name: "helen", masks: own)
      }
    }
    return fromLFW + fromHELEN
  }
}

/// Faces that the library draws, for those who have no data yet.
struct DrawnSource: PictureSource {
  private static let maskedFaces = 300
  /// Places and sizes of the heads lie further apart than in the aligned data sets, so that no constant mask fits them.
  private static let poseSpread: Float = 2.5
  private static let mostFaces = 1_000_000

  func faces(_ configuration: FaceSegmentationConfiguration) throws -> Dataset {
    guard configuration.gender.limit <= Self.mostFaces else {
      throw ValidationError(
        "--limit-gender \(configuration.gender.limit): at most \(Self.mostFaces) faces are drawn for the gender tuning."
      )
    }
    return SyntheticFaces(like: .celebA, count: configuration.gender.limit).attribute
  }

  func conditions(
    _ configuration: FaceSegmentationConfiguration, _ classes: [FaceClasses]
  ) -> [FaceSegmentationStudy.Condition] {
    [SyntheticFaces.Style.lfw, .helen].flatMap { style in
      let faces = SyntheticFaces(like: style, count: Self.maskedFaces, poseSpread: Self.poseSpread)
      return classes.map { own in
        FaceSegmentationStudy.Condition(faces.masks(own), name: "drawn-\(style.rawValue)", masks: own)
      }
    }
  }
}
