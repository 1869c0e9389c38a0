import GraftLayers
import GraftTensor

/// A new head grafted on an encoder that somebody else trained.
public protocol GraftedNetwork: Module {
  /// What turns pictures into features.
  var encoder: any ImageEncoder { get }
  /// What turns features into logits.
  var head: any Head { get }
}

extension GraftedNetwork {
  /// What there is to say about the encoder.
  public var metadata: [String: String] { encoder.metadata }

  /// Computes logits from preprocessed pictures, N,H,W,3, on the compute thread.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    logits(of: input, after: nil, context)
  }

  /// Computes logits from the output of a stage, as the feature store keeps it, on the compute thread.
  ///
  /// - Parameters:
  ///   - input: the output of `stage`; preprocessed pictures where that is nil.
  ///   - stage: the last one that has run already.
  ///   - context: training or inference.
  public func logits(of input: Tensor, after stage: EncoderStage.Name?, _ context: Context) -> Tensor {
    ComputeThread.run {
      guard let stages = head.stagesRead else {
        return head.logits(of: [lastOutput(of: input, after: stage, context)], context)
      }
      return head.logits(of: outputs(of: stages, input, after: stage, context), context)
    }
  }

  /// The output of the last stage, when the first ones have run already.
  package func lastOutput(of input: Tensor, after stage: EncoderStage.Name?, _ context: Context) -> Tensor {
    guard let next = stage.map(encoder.stage(after:)) ?? encoder.stages.first else { return input }
    return encoder.features(of: input, from: next.name, through: encoder.lastStage.name, context)
  }

  /// The outputs of some stages, in order, when the first stages have run already.
  private func outputs(
    of wanted: [EncoderStage.Name], _ input: Tensor, after stage: EncoderStage.Name?, _ context: Context
  ) -> [Tensor] {
    var (done, output) = (stage, input)
    return wanted.map { name in
      if name == done { return output }
      let next = done.map(encoder.stage(after:)) ?? encoder.stages.first
      if let done, encoder.index(of: name) < encoder.index(of: done) {
        misused("The head reads the stage \(name), and only the output of \(done) was given.")
      }
      output = encoder.features(of: output, from: next?.name, through: name, context)
      done = name
      return output
    }
  }

  /// The last of the leading stages whose output need be computed only once for each picture: those in which nothing is
  /// trained, up to the first whose output the head reads; nil if there is none.
  public var lastCacheableStage: EncoderStage? {
    guard let frozen = encoder.lastFrozenStage else { return nil }
    guard let first = head.stagesRead?.first else { return frozen }
    return encoder.stages[min(encoder.index(of: first), encoder.index(of: frozen.name))]
  }
}
