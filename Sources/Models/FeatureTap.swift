import GraftLayers
import GraftTensor
import Synchronization

/// Reads what an inner layer of an encoder computes.
///
/// ```swift
/// let tap = FeatureTap(encoder, layer: "block5_conv4")
/// let maps = tap?.features(of: encoder.preprocessing.tensor(of: [picture]))
/// ```
public struct FeatureTap {
  private let encoder: any ImageEncoder
  private let layer: ObjectIdentifier
  private let stage: Stage.Name
  /// Whether the layer's output is that of its stage, so that nothing has to be observed within it.
  private let isEndOfStage: Bool

  /// Looks a layer up, by its path (`block5.conv4`) or as Keras writes it (`block5_conv4`); nil if there is none.
  public init?(_ encoder: any ImageEncoder, layer name: String) {
    guard
      let found = encoder.layers.first(where: { $0.path == name || $0.path.replacing(".", with: "_") == name }
      ),
      let stage = encoder.stages.first(where: { found.path == $0.name || found.path.hasPrefix($0.name + ".") }
      )
    else { return nil }
    self.encoder = encoder
    layer = ObjectIdentifier(found.layer)
    self.stage = stage.name
    let module = encoder.layers.first { $0.path == stage.name }?.layer
    isEndOfStage =
      module.map { $0 === found.layer || ($0 as? Sequential)?.lastLayer === found.layer } ?? false
  }

  /// All names that can be tapped, in order.
  public static func names(of encoder: any ImageEncoder) -> [String] {
    encoder.layers.map { $0.path.replacing(".", with: "_") }
  }

  /// What the layer makes of preprocessed pictures, on the compute thread; stages behind it are not run.
  ///
  /// The output of a whole stage comes from fused layers, as in any inference; what lies inside of one from the layers one
  /// by one, always in float32, which takes longer.
  ///
  /// - Parameters:
  ///   - input: N,H,W,3.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: what the layer gives, in row-major order.
  public func features(of input: Tensor, _ context: Context = .inference) -> Tensor {
    if isEndOfStage {
      return ComputeThread.run { encoder.features(of: input, from: nil, through: stage, context).rowMajor }
    }
    let tapped = Tapped()
    ComputeThread.run {
      var observing = Context.observing { [layer] observed, output in
        if observed == layer { tapped.output.withLock { $0 = output } }
      }
      observing.convolutionAlgorithm = context.convolutionAlgorithm
      let context = observing
      _ = encoder.features(of: input, from: nil, through: stage, context)
    }
    guard let output = tapped.output.withLock({ $0 }) else {
      misused("A layer of the stage \(stage) did not report its output: see Context.observed.")
    }
    return output.rowMajor
  }
}

private final class Tapped: Sendable {
  let output = Mutex<Tensor?>(nil)
}
