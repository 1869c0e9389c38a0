import GraftLayers
import GraftTensor

/// A head that reads the outputs of several stages of an encoder, not only that of the last.
///
/// A ``GraftedNetwork`` with such a head hands it what it asks for.
public protocol StageDecoder: Module {
  /// The stages whose outputs are read, in the order of the encoder; the last one is the encoder's last.
  var stages: [Stage.Name] { get }
  /// Computes logits.
  ///
  /// - Parameters:
  ///   - features: N,H,W,C of each of ``stages``.
  ///   - context: training or inference.
  /// - Returns: N,H′,W′,classes.
  func logits(of features: [Tensor], _ context: Context) -> Tensor
}

extension StageDecoder {
  /// Computes logits from the output of the last stage, if that is the only one that is read.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    require(
      stages.count == 1,
      "This decoder reads the outputs of \(stages.joined(separator: ", ")): call the network that it is grafted on."
    )
    return logits(of: [input], context)
  }
}
