import GraftLayers
import GraftTensor

/// A decoder grafted on an encoder: pictures go in, a map of logits for each class comes out.
public final class SegmentationNetwork: GraftedNetwork {
  /// A decoder by name, built for whatever encoder it is put on.
  public struct Decoder: Sendable {
    let makeModule: @Sendable ([Stage], RandomStream) -> any Module

    /// Creates a kind of decoder that reads the last stage.
    ///
    /// - Parameter makeModule: builds it for so many channels of features.
    public init(_ makeModule: @escaping @Sendable (_ inputs: Int, RandomStream) -> any Module) {
      self.init(readingStages: { stages, random in makeModule(stages.last?.channels ?? 0, random) })
    }

    /// Creates a kind of decoder that may read several stages.
    ///
    /// - Parameter makeModule: builds it for the stages of an encoder; a ``StageDecoder`` if it reads more than the last.
    public init(readingStages makeModule: @escaping @Sendable ([Stage], RandomStream) -> any Module) {
      self.makeModule = makeModule
    }

    /// ``FCN32Decoder``.
    public static func fcn32(classes: Int = 1, penalty: L2? = L2(1e-4)) -> Decoder {
      Decoder { FCN32Decoder(inputs: $0, classes: classes, penalty: penalty, random: $1) }
    }

    /// ``FCNDecoder``, with the two wide convolutions of the original.
    public static func fcn(
      _ variant: FCNDecoder.Variant, classes: Int = 1, hiddenUnits: Int = 4096
    ) -> Decoder {
      Decoder(readingStages: {
        FCNDecoder(variant, stages: $0, classes: classes, hiddenUnits: hiddenUnits, random: $1)
      })
    }
  }

  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// What turns features into logits.
  public let head: any Module

  /// Creates a network with a fresh decoder.
  ///
  /// - Parameters:
  ///   - encoder: whose features are decoded.
  ///   - decoder: which.
  ///   - random: what the decoder is drawn from.
  public init(
    encoder: any ImageEncoder, decoder: Decoder = .fcn32(), random: RandomStream = RandomStream(seed: 0)
  ) {
    self.encoder = encoder
    head = decoder.makeModule(encoder.stages, random)
  }

  /// `encoder`, then `decoder`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("decoder", head)] }
}
