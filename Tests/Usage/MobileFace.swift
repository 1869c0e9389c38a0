import Foundation
import Graft

/// An encoder that is not the package's own: two stages, its preprocessing, and a naming table for its weight files.
final class MobileFace: ImageEncoder {
  let stages: [EncoderStage]
  let preprocessing = Preprocessing(style: .torch)

  init(random: RandomStream = RandomStream(seed: 0)) {
    let stem = Sequential([
      (
        "conv",
        Conv2D(
          inputs: 3, outputs: 8, kernelSize: 4, stride: 4, activation: .relu, random: random.child("stem"))
      )
    ])
    let body = Sequential([
      (
        "conv",
        Conv2D(
          inputs: 8, outputs: 16, kernelSize: 4, stride: 4, activation: .relu, random: random.child("body"))
      ), ("pool", MaxPool2D(window: 2)),
    ])
    stages = [
      EncoderStage("stem", stem, channels: 8, stride: 4),
      EncoderStage("body", body, channels: 16, stride: 32),
    ]
  }

  convenience init(weights: WeightSource) throws {
    guard case .file(let url) = weights else { throw CocoaError(.fileNoSuchFile) }
    self.init()
    let table = NamingTable(
      "MobileFace",
      ["stem", "body"].flatMap { stage in
        [
          NamingTable.Entry("\(stage).conv.kernel", from: "\(stage).weight", layout: .convolutionOIHW),
          .init("\(stage).conv.bias", from: "\(stage).bias"),
        ]
      })
    try load(openWeightFile(at: url).parameters(stateShapes, namedBy: [table]).tensors)
  }

  /// A file as its authors would have published it: O,I,H,W under names of their own.
  static func writePublishedWeights(to url: URL) throws {
    var random = RandomStream(seed: 5)
    func noise(_ shape: Tensor.Shape) -> NPZFile.Content {
      .tensor(Tensor(normal: shape, standardDeviation: 0.1, random: &random))
    }
    try NPZFile.write(
      [
        ("stem.weight", noise([8, 3, 4, 4])), ("stem.bias", noise([8])),
        ("body.weight", noise([16, 8, 4, 4])), ("body.bias", noise([16])),
      ], to: url)
  }
}
