import GraftLayers
import GraftTensor

/// A decoder grafted on an encoder: pictures go in, a map of logits for each class comes out.
public final class SegmentationNetwork: GraftedNetwork {
  /// A decoder by name, built for whatever encoder it is put on.
  public struct Decoder: Sendable {
    let makeModule: @Sendable (_ inputs: Int, RandomStream) -> any Module

    /// Creates a kind of decoder.
    ///
    /// - Parameter makeModule: builds it for so many channels of features.
    public init(_ makeModule: @escaping @Sendable (_ inputs: Int, RandomStream) -> any Module) {
      self.makeModule = makeModule
    }

    /// ``FCN32Decoder``.
    public static func fcn32(classes: Int = 1, penalty: L2? = L2(1e-4)) -> Decoder {
      Decoder { FCN32Decoder(inputs: $0, classes: classes, penalty: penalty, random: $1) }
    }
  }

  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// What turns features into logits.
  public let head: any Module

  /// Creates a network with a fresh decoder.
  ///
  /// - Parameters:
  ///   - encoder: the features of its last stage are decoded.
  ///   - decoder: which.
  ///   - random: what the decoder is drawn from.
  public init(
    encoder: any ImageEncoder, decoder: Decoder = .fcn32(), random: RandomStream = RandomStream(seed: 0)
  ) {
    self.encoder = encoder
    head = decoder.makeModule(encoder.lastStage.channels, random)
  }

  /// `encoder`, then `decoder`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("decoder", head)] }
}
