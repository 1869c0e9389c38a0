import Graft

/// An encoder in one file: stages, preprocessing, and the family by which files know it.
final class TinyEncoder: ImageEncoder {
  let preprocessing: Preprocessing
  let stages: [EncoderStage]

  init(_ preprocessing: Preprocessing, random: RandomStream = RandomStream(seed: 1)) {
    self.preprocessing = preprocessing
    let channels = [3, 8, 16, 24, 32, 32]
    stages = (1...5).map { number in
      let convolution = Conv2D(
        inputs: channels[number - 1], outputs: channels[number], kernelSize: 3, stride: 2,
        padding: .symmetric(1),
        activation: .relu, kernelInitializer: .heNormal(), random: random.child("stage", number))
      return EncoderStage("stage\(number)", convolution, channels: channels[number], stride: 1 << number)
    }
  }
}

extension EncoderFamily {
  static let tiny = EncoderFamily("TinyEncoder") { TinyEncoder($0) }
}
