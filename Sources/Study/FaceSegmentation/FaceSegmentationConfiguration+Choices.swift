import GraftDatasets
import GraftTensor
import GraftTraining

extension FaceSegmentationConfiguration {
  /// With a limit of epochs and of time for each training.
  public var complete: FaceSegmentationConfiguration {
    var complete = self
    (complete.gender.epochs, complete.segmentation.epochs, complete.segmentation.seconds) = (1, 1, 1)
    return complete
  }

  /// The values of settings that are chosen by name.
  public static let choices: [String: [String]] = {
    func names<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) -> [String] {
      type.allCases.map(\.rawValue)
    }
    return [
      "algorithm": names(ConvolutionAlgorithm.self), "featureType": ["float32", "bfloat16"],
      "frozenBatchNorm": names(FrozenBatchNorm.self),
      "gender.selection": names(Dataset.Selection.self),
      "helenMasks": names(Mask.Resizing.self), "helenThreshold": names(HELEN.ThresholdRule.self),
      "lfwMasks": names(Mask.Resizing.self), "optimizer": names(OptimizerName.self),
      "pictureResizing": names(PictureResizing.self),
      "segmentation.decoderInput": names(Segmentation.DecoderInput.self),
      "segmentation.loss": names(SegmentationTask.LossName.self),
      "segmentation.selectionIoU": names(Segmentation.IoUDefinition.self),
      "segmentation.trainedStages": names(Segmentation.TrainedStages.self), "split": names(SplitRule.self),
      "testPart": names(TestPartRule.self),
    ]
  }()
}
