import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// An encoder with its top: pictures go in, a logit for each class comes out.
///
/// ```swift
/// let network = try ResNet.classifier(.resNet50, weights: .file("resnet50-0676ba61.pth"))
/// let probabilities = softmax(network.logits(of: [picture]))  // 1×1,000
/// ```
public final class ClassificationNetwork: GraftedNetwork {
  /// What turns pictures into features.
  public let encoder: any ImageEncoder
  /// What turns the features of the last stage, N,H,W,C, into logits, N,classes.
  public let top: any Head
  /// What the classes are called, in the order of the logits, where that is known.
  public private(set) var classNames: [String]?

  /// Puts a top on an encoder.
  public init(encoder: any ImageEncoder, top: any Head, classNames: [String]? = nil) {
    self.encoder = encoder
    self.top = top
    self.classNames = classNames
  }

  /// Takes over the names of the classes where none are known.
  public func adopt(_ card: ModelCard) { classNames = classNames ?? card.classNames }

  /// The top.
  public var head: any Head { top }

  /// `encoder`, then `top`.
  public var members: [Member] { [.layer("encoder", encoder), .layer("top", top)] }

  /// What there is to say about the encoder, and the names of the classes.
  public var metadata: [String: String] {
    encoder.metadata.merging(ModelCard(classNames: classNames).metadata) { own, _ in own }
  }

  /// The logits of decoded pictures, with the preprocessing that came with the weights, on the compute thread.
  ///
  /// - Parameters:
  ///   - pictures: of any size.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: N,classes.
  public func logits(of pictures: [Picture], _ context: Context = .inference) -> Tensor {
    let input = encoder.preprocessing.tensor(of: pictures)
    return ComputeThread.run { self(input, context).rowMajor }
  }
}
