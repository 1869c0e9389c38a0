import GraftMetrics
import GraftTraining

extension StudyResults.Segmentation {
  init(
    dataset: String, hair: Bool, arm: StudyResults.Arm, best: History.Epoch, epochs: Int,
    scores: ImageScores, constantMask constant: [String: Double]
  ) {
    func network(_ name: String) -> Double { best.metrics[name] ?? .nan }
    func baseline(_ name: String) -> Double { constant[name] ?? .nan }
    self.init(
      dataset: dataset, hair: hair, arm: arm, iou: network("validationIoU"),
      iouSoft: network("validationIoUSoft"),
      iouGlobal: network("validationIoUGlobal"), iouTwoClass: network("validationIoUTwoClass"),
      bestEpoch: best.number, epochs: epochs, meanMaskIoU: baseline("validationIoU"),
      meanMaskIoUSoft: baseline("validationIoUSoft"), meanMaskIoUGlobal: baseline("validationIoUGlobal"),
      meanMaskIoUTwoClass: baseline("validationIoUTwoClass"), pictures: scores.identifiers.count,
      distinctPredictions: scores.score.distinctPredictionCount)
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
