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
  }

  /// All names that can be tapped, in order.
  public static func names(of encoder: any ImageEncoder) -> [String] {
    encoder.layers.map { $0.path.replacing(".", with: "_") }
  }

  /// What the layer makes of preprocessed pictures, N,H,W,3, on the compute thread; stages behind it are not run.
  public func features(of input: Tensor) -> Tensor {
    let tapped = Tapped()
    ComputeThread.run {
      let context = Context.observing { [layer] observed, output in
        if observed == layer { tapped.output.withLock { $0 = output } }
      }
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
