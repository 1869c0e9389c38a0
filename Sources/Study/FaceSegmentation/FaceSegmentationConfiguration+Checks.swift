import GraftDatasets
import GraftImages
import GraftModels
import GraftTensor

extension FaceSegmentationConfiguration {
  /// Looks whether a study can be run with these settings.
  ///
  /// - Throws: ``StudyError`` with a sentence that says which setting cannot have its value.
  public func check() throws {
    let counts = [
      ("gender.limit", gender.limit, 20), ("gender.batchSize", gender.batchSize, 1),
      ("gender.patience", gender.patience, 1), ("gender.epochs", gender.epochs ?? 1, 1),
      ("segmentation.batchSize", segmentation.batchSize, 1),
      ("segmentation.patience", segmentation.patience, 1),
      ("segmentation.epochs", segmentation.epochs ?? 1, 1),
    ]
    for (name, value, least) in counts where value < least {
      throw StudyError("\(name) is \(value), and has to be \(least) at least.")
    }
    let rates = [
      ("gender.learningRate", gender.learningRate),
      ("segmentation.learningRate", segmentation.learningRate),
      ("epsilon", epsilon), ("segmentation.seconds", segmentation.seconds.map { Float($0) } ?? 1),
    ]
    for (name, value) in rates where !(value > 0 && value.isFinite) {
      throw StudyError("\(name) is \(value), and has to be a positive number.")
    }
    guard segmentation.penalty >= 0, segmentation.penalty.isFinite else {
      throw StudyError("segmentation.penalty is \(segmentation.penalty), and has to be 0 or more.")
    }
    guard validationFraction > 0, validationFraction < 1 else {
      throw StudyError(
        "validationFraction is \(validationFraction), and has to lie between 0 and 1, as 0.1 does.")
    }
    guard featureType == .float32 || featureType == .bfloat16 else {
      throw StudyError("featureType is \(featureType.rawValue), and has to be float32 or bfloat16.")
    }
  }
}

extension FaceSegmentationStudy {
  /// Looks whether each encoder can be made with its weights, whether its decoder fits it, and whether each data set can be
  /// divided as the settings say.
  ///
  /// - Throws: what making an encoder throws; ``StudyError`` where a decoder does not fit an encoder; `DatasetError` where
  ///   the rule of division does not fit a data set.
  public func check() throws {
    for subject in subjects {
      // Weights that are missing or another network's are named before minutes go by with looking at pictures.
      let preprocessing = try configuration.makeEncoder(of: subject).preprocessing
      guard
        !configuration.segmentation.decoderInput.isPooled(of: subject)
          || preprocessing.width == preprocessing.height
      else {
        throw StudyError(
          """
          \(subject.name) sees pictures of \(preprocessing.width)×\(preprocessing.height), and a decoder of pooled features \
          makes square masks: set segmentation.decoderInput to map.
          """)
      }
    }
    for dataset in data.map(\.dataset) { _ = try configuration.split(dataset) }
  }
}
