import GraftDatasets
import GraftImages
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

/// Measures a network, whoever trained it, on pictures with masks of its classes.
struct OwnPictures {
  /// Two or more, background first.
  let classNames: [String]
  /// As large as what the network gives.
  let maskSize: Mask.Size
  private let evaluator: Evaluator

  init(_ network: SegmentationNetwork, _ card: ModelCard) {
    let named = card.classNames ?? []
    // One map of logits stands for the second of two classes.
    classNames = named.count > 1 ? named : ["background", named.first ?? "foreground"]
    let size = network.encoder.preprocessing
    maskSize = Mask.Size(width: size.width, height: size.height)
    // A picture then has the same mask with every version of the compute library.
    evaluator = Evaluator(network, convolutionAlgorithm: .portableWinograd)
  }

  private var task: SegmentationTask { SegmentationTask(classNames: classNames) }

  func measurement(onAllOf pairs: Dataset) throws -> MeasuredPart {
    try measurement(on: pairs, trainedOn: nil, name: "all pictures", prefix: "")
  }

  func measurements(on parts: Split.Parts) throws -> [MeasuredPart] {
    try parts.measured { try measurement(on: $0, trainedOn: parts.training, name: $1, prefix: $2) }
  }

  private func measurement(
    on pairs: Dataset, trainedOn training: Dataset?, name: String, prefix: String
  ) throws -> MeasuredPart {
    MeasuredPart(
      name: name, prefix: prefix,
      network: try task.counts(by: evaluator, over: pairs).figures(classNames: classNames),
      constantMask: try training.map {
        try task.constantMaskCounts(of: $0, for: pairs).figures(classNames: classNames)
      })
  }
}
