import GraftLayers
import GraftTensor

/// A new head grafted on an encoder that somebody else trained.
public protocol GraftedNetwork: DescribedModule {
  /// What turns pictures into features.
  var encoder: any ImageEncoder { get }
  /// What turns the features of the last stage into logits.
  var head: any Module { get }
}

extension GraftedNetwork {
  /// What there is to say about the encoder.
  public var metadata: [String: String] { encoder.metadata }

  /// Computes logits from preprocessed pictures, N,H,W,3.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    logits(of: input, after: nil, context)
  }

  /// Computes logits from the output of a stage, as the feature cache keeps it.
  ///
  /// - Parameters:
  ///   - input: the output of `stage`; preprocessed pictures where that is nil.
  ///   - stage: the last one that has run already.
  ///   - context: training or inference.
  public func logits(of input: Tensor, after stage: Stage.Name?, _ context: Context) -> Tensor {
    let next = stage.map(encoder.stage(after:)) ?? encoder.stages.first
    guard let next else { return head(input, context) }
    let features = encoder.features(of: input, from: next.name, through: encoder.lastStage.name, context)
    return head(features, context)
  }
}
