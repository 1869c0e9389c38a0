import Foundation
import GraftDatasets
import GraftStudy

/// Where a study gets its pictures.
protocol StudySource {
  /// For the gender tuning.
  func faces(_ configuration: StudyConfiguration) throws -> Subset
  /// The faces with masks, each data set with and without hair.
  func conditions(_ configuration: StudyConfiguration) throws -> [FaceSegmentationStudy.Condition]
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
      return try celebA.gender.trainingPool(limit: settings.limit, selection: settings.selection, seed: seed)
    }
    return try celebA.gender.officialPool(
      limit: settings.limit, validationFraction: configuration.validationFraction,
      selection: settings.selection, seed: seed)
  }

  func conditions(_ configuration: StudyConfiguration) throws -> [FaceSegmentationStudy.Condition] {
    let regions = [FaceMask.Region.withHair, .withoutHair]
    return try regions.map { region in
      let faces = try LFWParts(directory: lfw, region: region, maskResizing: configuration.lfwMasks)
      return .init(faces, name: "lfw", hair: region == .withHair)
    }
      + regions.map { region in
        let faces = try HELEN(
          directory: helen, region: region, threshold: configuration.helenThreshold,
          maskResizing: configuration.helenMasks)
        return .init(faces, name: "helen", hair: region == .withHair)
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

  func conditions(_ configuration: StudyConfiguration) -> [FaceSegmentationStudy.Condition] {
    [SyntheticFaces.Style.lfw, .helen].flatMap { style -> [FaceSegmentationStudy.Condition] in
      let faces = SyntheticFaces(like: style, count: Self.maskedFaces, poseSpread: Self.poseSpread)
      return [FaceMask.Region.withHair, .withoutHair].map { region in
        .init(faces.masks(region), name: "drawn-\(style.rawValue)", hair: region == .withHair)
      }
    }
  }
}
