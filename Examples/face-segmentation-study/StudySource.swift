import Foundation
import GraftDatasets
import GraftStudy

/// Where a study gets its pictures.
protocol StudySource {
  /// For the gender tuning.
  func faces(_ configuration: StudyConfiguration) throws -> Subset
  /// The faces with masks, each data set with all of these kinds.
  func conditions(
    _ configuration: StudyConfiguration, _ kinds: [FaceSegmentationStudy.MaskKind]
  ) throws -> [FaceSegmentationStudy.Condition]
}

/// The three data sets of the paper.
struct PhotographSource: StudySource {
  private let celebA: CelebA
  private let lfw, helen: URL

  init(celebA: URL, lfw: URL, helen: URL) throws {
    self.celebA = try CelebA(directory: celebA)
    self.lfw = lfw
    self.helen = helen
  }

  func faces(_ configuration: StudyConfiguration) throws -> Subset {
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
    _ configuration: StudyConfiguration, _ kinds: [FaceSegmentationStudy.MaskKind]
  ) throws -> [FaceSegmentationStudy.Condition] {
    try kinds.map { kind in
      let faces = try LFWParts(
        directory: lfw, region: kind.region, maskResizing: configuration.lfwMasks)
      return .init(kind == .parts ? faces.parts : faces, name: "lfw", kind: kind)
    }
      + kinds.map { kind in
        let faces = try HELEN(
          directory: helen, region: kind.region, threshold: configuration.helenThreshold,
          maskResizing: configuration.helenMasks)
        return .init(kind == .parts ? faces.parts : faces, name: "helen", kind: kind)
      }
  }
}

/// Faces that the library draws, for whoever has no data yet.
struct DrawnSource: StudySource {
  private static let maskedFaces = 300
  /// Places and sizes of the heads lie further apart than in the aligned data sets, so that no constant mask fits them.
  private static let poseSpread: Float = 2.5

  func faces(_ configuration: StudyConfiguration) throws -> Subset {
    let faces = SyntheticFaces(like: .celebA, count: configuration.gender.limit).attribute
    return Subset(of: faces, indices: Array(0..<faces.count))
  }

  func conditions(
    _ configuration: StudyConfiguration, _ kinds: [FaceSegmentationStudy.MaskKind]
  ) -> [FaceSegmentationStudy.Condition] {
    [SyntheticFaces.Style.lfw, .helen].flatMap { style -> [FaceSegmentationStudy.Condition] in
      let faces = SyntheticFaces(like: style, count: Self.maskedFaces, poseSpread: Self.poseSpread)
      return kinds.map { kind in
        let parts = faces.parts(style == .helen ? .features : .hairAndSkin)
        return .init(
          kind == .parts ? parts : faces.masks(kind.region), name: "drawn-\(style.rawValue)", kind: kind)
      }
    }
  }
}

extension FaceSegmentationStudy.MaskKind {
  /// What counts as face; of parts it does not matter.
  var region: FaceMask.Region { self == .withoutHair ? .withoutHair : .withHair }
}
