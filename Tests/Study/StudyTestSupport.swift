import Foundation
import GraftDatasets
import GraftMetrics
import GraftModels
@testable import GraftStudy
import TestSupport

/// The small encoder as a subject.
var smallSubject: FaceSegmentationStudy.Subject { .init(name: "small") { try VGG.small() } }

/// A run of a study with some data; nothing is done yet.
func studyRun(
  _ configuration: FaceSegmentationConfiguration, in folder: URL,
  subjects: [FaceSegmentationStudy.Subject] = [smallSubject],
  faces: Dataset = SyntheticFaces(count: 20).attribute.remembered,
  conditions: [FaceSegmentationStudy.Condition] = [], console: RunConsole = .silent
) throws -> Run<FaceSegmentationStudy> {
  try Run(
    of: FaceSegmentationStudy(
      subjects, tunedOn: faces, conditions: conditions, configuration: configuration),
    in: folder, console: console)
}

/// Scores of masks of two classes, whose constant mask has 0.739, 0.619, 0.72 and 0.81.
func maskScores(_ iou: Double, distinct: Int = 70) -> ConstantMaskComparison {
  func figures(_ values: [Double], distinct: Int) -> SegmentationFigures {
    let measures: [SegmentationFigures.Measure] = [.iou, .iouSoft, .iouGlobal, .iouClassMean]
    return .init(
      values: Dictionary(uniqueKeysWithValues: zip(measures, values)),
      classes: [.init(name: "background"), .init(name: "face")], imageCount: 70, distinctMaskCount: distinct,
      isBlind: distinct == 1)
  }
  return .init(
    network: figures([iou, 0.6, 0.7, 0.8], distinct: distinct),
    constantMask: figures([0.739, 0.619, 0.72, 0.81], distinct: 1))
}

/// A decoder of masks on LFW.
func maskDecoder(
  _ arm: FaceSegmentationResults.Arm, iou: Double, masks: FaceClasses = .withHair, dataset: String = "lfw",
  distinct: Int = 70
) -> FaceSegmentationResults.Decoder {
  .init(
    dataset: dataset, masks: masks, arm: arm, scores: .init(validation: maskScores(iou, distinct: distinct)),
    trainingPictures: 630, bestEpoch: 2, epochs: 5)
}
