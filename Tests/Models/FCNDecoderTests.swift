import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import Synchronization
import TestSupport
import Testing

/// Stages of stride 2 to 32 without a VGG: each halves the picture by its maximum and mixes the channels.
private final class Pyramid: ImageEncoder {
  let preprocessing = Preprocessing(width: 64, height: 32)
  let stages = (0..<5).map { level in
    let convolution = Conv2D(
      inputs: level == 0 ? 3 : 1 + level, outputs: 2 + level, kernelSize: 1, activation: .relu,
      kernelInitializer: .constant(0.3), random: RandomStream(seed: 1))
    let layers = Sequential([("conv", convolution), ("pool", MaxPool2D(window: 2))])
    return EncoderStage("level\(level)", layers, channels: 2 + level, stride: 2 << level)
  }
}

private func encoders() -> [any ImageEncoder] { [VGG(.vgg16, width: 2), Pyramid()] }

private func pictures(_ shape: Tensor.Shape = [2, 64, 32, 3]) -> Tensor {
  var random = RandomStream(seed: 3)
  return Tensor(uniform: shape, in: 0..<1, random: &random)
}

private func network(
  _ encoder: any ImageEncoder, _ variant: FCNDecoder.Variant, classes: Int = 3
) -> SegmentationNetwork {
  SegmentationNetwork(
    encoder: encoder, decoder: .fcn(variant, classes: classes, hiddenUnits: 7), random: RandomStream(seed: 4))
}

@Test(arguments: FCNDecoder.Variant.allCases)
func fcnDecodersMatchPyTorch(_ variant: FCNDecoder.Variant) throws {
  let golden = try Golden.npz("fcn")
  let strides = [8, 16, 32]
  let features = try strides.map { try golden.tensor(named: "stride\($0)") }
  let stages = zip(strides, features).map {
    EncoderStage("\($0)", Flatten(), channels: $1.shape[3], stride: $0)
  }
  let decoder = FCNDecoder(variant, stages: stages, classes: 2, hiddenUnits: 6)
  for (path, parameter) in decoder.parameters where path != "upsample.kernel" {
    parameter.value = try golden.tensor(named: "parameters/\(path)")
  }
  let read = Array(features.suffix(decoder.stages.count))
  let output = decoder.logits(of: read, .inference)
  expectClose(output, try golden.tensor(named: "\(variant)/output"), within: 1e-5, "\(variant)")

  // Gradients, with the dropouts left out, which a context of training would bring.
  let tape = Tape()
  let context = Context.training(tape, random: RandomStream(seed: 0))
  let loss = (try undropped(decoder, read, context) * (try golden.tensor(named: "weight"))).sum()
  let gradients = try tape.gradients(of: loss)
  for (path, parameter) in decoder.parameters where path != "upsample.kernel" {
    let own = try #require(context.gradient(of: parameter, in: gradients), "\(path)")
    expectClose(
      own, try golden.tensor(named: "\(variant)/gradients/\(path)"), within: 1e-4, "\(variant) \(path)")
  }
}

/// What a decoder computes in training but for its dropouts: its layers, called by hand.
private func undropped(_ decoder: FCNDecoder, _ features: [Tensor], _ context: Context) throws -> Tensor {
  let layers = Dictionary(uniqueKeysWithValues: decoder.layers.map { ($0.path, $0.layer) })
  func apply(_ name: String, _ input: Tensor) throws -> Tensor {
    let layer = try #require(layers[name])
    return layer(input, context)
  }
  var score = try #require(features.last)
  for name in ["fc6", "fc7", "score"] { score = try apply(name, score) }
  for (index, finer) in features.dropLast().reversed().enumerated() {
    score = try apply("upsample\(index + 1)", score) + apply("skip\(index + 1)", finer)
  }
  return try apply("upsample", score)
}

@Test(arguments: FCNDecoder.Variant.allCases)
func fcnOutputsHaveThePicturesSizeOnAnyEncoder(_ variant: FCNDecoder.Variant) {
  for encoder in encoders() {
    for classes in [1, 21] {
      let network = network(encoder, variant, classes: classes)
      #expect(network(pictures(), .inference).shape == [2, 64, 32, classes])
      let wide = network(pictures([1, 32, 96, 3]), .inference)
      #expect(wide.shape == [1, 32, 96, classes])
    }
  }
}

@Test(arguments: FCNDecoder.Variant.allCases)
func gradientsReachEveryParameterOfAnFCN(_ variant: FCNDecoder.Variant) throws {
  for encoder in encoders() {
    let network = network(encoder, variant)
    let tape = Tape()
    let context = Context.training(tape, random: RandomStream(seed: 5))
    let output = network(pictures(), context)
    let gradients = try tape.gradients(of: (output * output).sum())
    for (path, parameter) in network.parameters {
      let gradient = try #require(context.gradient(of: parameter, in: gradients), "\(path)")
      #expect(
        gradient.shape == parameter.shape && gradient.scalars.contains { $0 != 0 }, "\(variant) \(path)")
    }
  }
}

@Test func skipsStartWithZerosSoThatFCN16sIsTheEnlargedCoarseScore() throws {
  let encoder = VGG(.vgg16, width: 2)
  let network = network(encoder, .fcn16s)
  let decoder = try #require(network.head as? FCNDecoder)
  #expect(decoder.stages == ["block4", "block5"])
  let layers = Dictionary(uniqueKeysWithValues: decoder.layers.map { ($0.path, $0.layer) })
  let score = Mutex<Tensor?>(nil)
  let scoring = ObjectIdentifier(try #require(layers["score"]))
  let output = network(
    pictures(), .observing { layer, output in if layer == scoring { score.withLock { $0 = output } } })
  let coarse = try #require(score.withLock { $0 })
  #expect(coarse.shape == [2, 2, 1, 3] && coarse.scalars.contains { $0 != 0 })
  let (doubling, upsample) = (try #require(layers["upsample1"]), try #require(layers["upsample"]))
  let enlarged = upsample(doubling(coarse, .inference), .inference)
  #expect(output.scalars == enlarged.scalars)
  // And the features of the skipped stage change it as soon as its score has weights.
  let skip = try #require(layers["skip1"] as? Conv2D)
  skip.kernel.value = Tensor(repeating: 1, shape: skip.kernel.shape)
  #expect(network(pictures(), .inference).scalars != enlarged.scalars)
}

@Test func fullSizeFCNsHaveThePapersNumberOfParameters() {
  // 512·7·7·4096 + 4096, 4096² + 4096, 4096 · 21 + 21: with VGG16's convolutions, the paper's 134 million.
  let classifier = 102_764_544 + 16_781_312 + 86_037
  let counts = [
    (FCNDecoder.Variant.fcn32s, 64 * 64 * 441), (.fcn16s, 32 * 32 * 441 + 16 * 441 + 512 * 21 + 21),
    (.fcn8s, 16 * 16 * 441 + 2 * 16 * 441 + 512 * 21 + 21 + 256 * 21 + 21),
  ]
  for (variant, rest) in counts {
    let network = SegmentationNetwork(encoder: VGG(.vgg16), decoder: .fcn(variant, classes: 21))
    #expect(network.head.parameterCount == classifier + rest)
  }
}

@Test(arguments: FCNDecoder.Variant.allCases)
func frozenStagesAreCachedUpToTheFirstThatIsRead(_ variant: FCNDecoder.Variant) throws {
  let encoder = VGG(.vgg16, width: 2)
  let network = network(encoder, variant)
  #expect(network.lastCacheableStage == nil)
  encoder.freeze(through: "block2")
  #expect(network.lastCacheableStage?.name == "block2")
  encoder.freeze()
  let cached = try #require(network.lastCacheableStage?.name)
  #expect(cached == ["block5", "block4", "block3"][FCNDecoder.Variant.allCases.firstIndex(of: variant) ?? 0])
  let whole = network(pictures(), .inference)
  let features = encoder.features(of: pictures(), from: nil, through: cached, .inference)
  #expect(network.logits(of: features, after: cached, .inference).scalars == whole.scalars)
}
