import ArgumentParser
import ExampleSupport
import Foundation
import GraftModels
import GraftTensor

/// A classifier: `--model FILE`, or `--encoder resnet50 --weights FILE`.
struct ClassifierOptions: ParsableArguments {
  @Option(help: "A whole classifier that Graft wrote: it brings its class names and its preprocessing.")
  var model: String?
  @Option(help: "Instead of a model: a published network.") var encoder: NamedEncoder?
  @Option(
    help: """
      The published network's weights: a file of Keras, torchvision, Caffe or Graft; if not set, $GRAFT_WEIGHTS and \
      ~/.cache/graft are searched.
      """)
  var weights: String?

  func validate() throws {
    guard (model == nil) != (encoder == nil) else {
      throw ValidationError("Name one classifier, by --model or by --encoder.")
    }
    guard model == nil || weights == nil else {
      throw ValidationError("--weights: a model has its own; leave --weights out, or name an --encoder.")
    }
  }

  func makeClassifier() throws -> ClassificationNetwork {
    if let model {
      return try ClassificationNetwork(
        contentsOf: URL(argument: model), families: encoderFamilies, heads: headFamilies)
    }
    guard let encoder else { throw ValidationError("Name one classifier, by --model or by --encoder.") }
    return try encoder.network.classifier(
      weights: weights, namedBy: "--encoder", report: saidOnStandardError)
  }
}

extension ClassificationNetwork {
  /// How probable each class is, for each picture. One logit stands for the second of two classes.
  ///
  /// - Parameter logits: pictures, classes.
  static func probabilities(ofLogits logits: Tensor) -> [[Float]] {
    if logits.shape[1] == 1 { return sigmoid(logits).scalars.map { [1 - $0, $0] } }
    let (scalars, count) = (softmax(logits).scalars, logits.shape[1])
    return stride(from: 0, to: scalars.count, by: count).map { Array(scalars[$0..<$0 + count]) }
  }
}
