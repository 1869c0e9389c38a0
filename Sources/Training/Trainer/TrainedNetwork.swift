import GraftImages
import GraftLayers
import GraftModels
import GraftTensor

/// A network as training and measuring see it: any module, or one with an encoder, whose leading stages may be frozen and
/// their output stored.
struct TrainedNetwork {
  let module: any Module
  /// How pictures become its input.
  let preprocessing: Preprocessing
  /// The same network where it has an encoder.
  let grafted: (any GraftedNetwork)?

  init(_ network: any GraftedNetwork) {
    module = network
    preprocessing = network.encoder.preprocessing
    grafted = network
  }

  init(_ module: any Module, preprocessing: Preprocessing) {
    self.module = module
    self.preprocessing = preprocessing
    grafted = nil
  }

  /// The encoder and the last of its stages whose output need be computed only once for each picture; nil where there is none.
  var cacheablePrefix: (encoder: any ImageEncoder, lastStage: EncoderStage.Name)? {
    guard let grafted, let stage = grafted.lastCacheableStage else { return nil }
    return (grafted.encoder, stage.name)
  }

  /// The logits of a batch, on the compute thread.
  ///
  /// - Parameters:
  ///   - input: the output of `stage`; preprocessed pictures where that is nil.
  ///   - stage: the last one that has run already.
  ///   - context: training or inference.
  func logits(of input: Tensor, after stage: EncoderStage.Name?, _ context: Context) -> Tensor {
    if let grafted { return grafted.logits(of: input, after: stage, context) }
    return ComputeThread.run { module(input, context) }
  }

  /// The loss of a batch: a scalar, differentiable.
  func loss(
    _ loss: Loss, of input: Tensor, after stage: EncoderStage.Name?, _ targets: Tensor, _ context: Context
  ) -> Tensor {
    if let grafted { return grafted.loss(loss, of: input, after: stage, targets, context) }
    return loss.function(logits(of: input, after: nil, context), targets)
  }

  /// The shape of the logits of one picture, by a pass over zeros.
  var logitShape: Tensor.Shape {
    let logits = ComputeThread.run { grafted.map(Self.headLogits) ?? module(emptyPicture, .inference) }
    return Tensor.Shape(Array(logits.shape.dropFirst()))
  }

  private var emptyPicture: Tensor {
    Tensor(zeros: [1, preprocessing.height, preprocessing.width, 3])
  }

  /// The encoder knows the shapes of its features without a pass.
  private static func headLogits(of network: any GraftedNetwork) -> Tensor {
    let (encoder, head) = (network.encoder, network.head)
    let features = (head.stagesRead ?? [encoder.lastStage.name]).map { stage in
      Tensor(zeros: Tensor.Shape([1] + encoder.outputShape(of: stage).dimensions))
    }
    return head.logits(of: features, .inference)
  }
}
