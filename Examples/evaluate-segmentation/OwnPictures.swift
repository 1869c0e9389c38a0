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

  func evaluation(onAllOf pairs: Dataset) throws -> MeasuredPart {
    MeasuredPart(name: "all pictures", prefix: "", evaluation: try evaluation(on: pairs, trainedOn: nil))
  }

  func evaluations(on parts: Split.Parts) throws -> [MeasuredPart] {
    try parts.measured { try evaluation(on: $0, trainedOn: $1) }
  }

  private func evaluation(on pairs: Dataset, trainedOn training: Dataset?) throws -> any Evaluation {
    guard pairs.targets.logitCount > 1 else {
      return MaskEvaluation(
        network: try evaluator.count(SegmentationScore(), over: pairs),
        constantMask: try training.map { try SegmentationScore(ofConstantMaskOf: $0, for: pairs) })
    }
    return PartEvaluation(
      classNames: classNames,
      network: try evaluator.count(PixelClassScore(classCount: classNames.count), over: pairs),
      constantMask: try training.map { try PixelClassScore(ofConstantMapOf: $0, for: pairs) })
  }
}

extension Split.Parts {
  /// The validation part and, where there is one, the test part, each measured beside the training part.
  func measured(
    _ evaluation: (_ part: Dataset, _ training: Dataset) throws -> any Evaluation
  ) throws -> [MeasuredPart] {
    let chosen = MeasuredPart(
      name: "validation part", prefix: "", evaluation: try evaluation(validation, training))
    guard let test else { return [chosen] }
    return [
      chosen, MeasuredPart(name: "test part", prefix: "test ", evaluation: try evaluation(test, training)),
    ]
  }
}
