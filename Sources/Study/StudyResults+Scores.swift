import GraftMetrics

extension StudyResults.Segmentation.Scores {
  init(of scores: ImageScores, constantMask: SegmentationScore) {
    let score = scores.score
    self.init(
      iou: score.perImageHardIoU, iouSoft: score.perImageSoftIoU, iouGlobal: score.globalHardIoU,
      iouTwoClass: score.twoClassMeanIoU, meanMaskIoU: constantMask.perImageHardIoU,
      meanMaskIoUSoft: constantMask.perImageSoftIoU, meanMaskIoUGlobal: constantMask.globalHardIoU,
      meanMaskIoUTwoClass: constantMask.twoClassMeanIoU, pictures: scores.identifiers.count,
      distinctPredictions: score.distinctPredictionCount)
  }

  /// Under the names of a model card.
  var metrics: [String: Double] {
    [
      "iou": iou, "iouSoft": iouSoft, "iouGlobal": iouGlobal, "iouTwoClass": iouTwoClass,
      "meanMaskIoU": meanMaskIoU, "meanMaskIoUSoft": meanMaskIoUSoft, "meanMaskIoUGlobal": meanMaskIoUGlobal,
      "meanMaskIoUTwoClass": meanMaskIoUTwoClass,
    ]
  }
}

extension StudyResults.Gender.Scores {
  /// Under the names of a model card.
  var metrics: [String: Double] { ["accuracy": accuracy, "majorityShare": majorityShare] }
}

extension StudyResults.ByPartition {
  /// Metrics of a model card: those of the validation part by their names, those of the test part as `test iou`.
  func metrics(_ metrics: (Value) -> [String: Double]) -> [String: Double] {
    let measured = test.map(metrics) ?? [:]
    return metrics(validation).merging(measured.map { ("test \($0.key)", $0.value) }) { own, _ in own }
  }
}
