import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import TestSupport
import Testing

@Suite struct PooledDecoderTests {
  @Test func itHasTheParametersThatAreDerivedForResNet50() {
    #expect(PooledDecoder(inputs: 2048).parameterCount == 2_049 + 50_176)
    let shapes = PooledDecoder(inputs: 8, side: 32, classes: 3).stateShapes.map { "\($0.path) \($0.shape)" }
    #expect(
      shapes == ["score.kernel 1×1×8×3", "score.bias 3", "upsample.kernel 32×32×3×3"], "\(shapes)")
  }

  /// One number for each picture times one kernel.
  @Test func everyPictureGetsTheSameMaskUpToItsSign() throws {
    var random = RandomStream(seed: 1)
    let decoder = PooledDecoder(inputs: 6, side: 16, random: RandomStream(seed: 2))
    let kernel = Tensor(normal: [16, 16, 1, 1], standardDeviation: 1, random: &random)
    decoder.parameters[2].parameter.value = kernel
    let features = Tensor(normal: [5, 3, 3, 6], standardDeviation: 1, random: &random)
    let logits = decoder(features, .inference)
    #expect(logits.shape == [5, 16, 16, 1])

    let (weights, bias) = (decoder.parameters[0].parameter.value, decoder.parameters[1].parameter.value)
    for picture in 0..<5 {
      let own = features.scalars[picture * 54..<(picture + 1) * 54]
      let mean = (0..<6).map { channel in
        own.enumerated().filter { $0.offset % 6 == channel }.reduce(0) { $0 + $1.element } / 9
      }
      let score = zip(mean, weights.scalars).reduce(bias.scalars[0]) { $0 + $1.0 * $1.1 }
      let expected = kernel * score
      let found = Tensor(
        shape: kernel.shape, scalars: Array(logits.scalars[picture * 256..<(picture + 1) * 256]))
      expectClose(found, expected, within: 1e-5, "picture \(picture)")
    }
  }

  @Test func itIsTrainedAsAnyDecoder() throws {
    let network = SegmentationNetwork(
      encoder: VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 64, height: 64)),
      decoder: .pooled(side: 64), random: RandomStream(seed: 3))
    network.encoder.freeze()
    let tape = Tape()
    let context = Context.training(tape, random: RandomStream(seed: 4))
    let logits = network(Tensor(repeating: 0.5, shape: [2, 64, 64, 3]), context)
    #expect(logits.shape == [2, 64, 64, 1])
    let gradients = try tape.gradients(of: logits.sum())
    for (path, parameter) in network.head.parameters {
      #expect(context.gradient(of: parameter, in: gradients)?.shape == parameter.shape, "\(path)")
    }
  }
}

@Suite struct RefilteredEncoderTests {
  @Test func itSharesItsWeightsAndSeesOtherPictures() throws {
    let encoder = VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 32, height: 32))
    let nearest = encoder.resizingPictures(by: .nearest)
    #expect(encoder.resizingPictures(by: .bilinear) === encoder)
    #expect(nearest.preprocessing.filter == .nearest && nearest.preprocessing.width == 32)
    #expect(nearest.preprocessing.style == encoder.preprocessing.style)
    #expect(
      nearest.architecture == encoder.architecture && nearest.stages.map(\.name) == encoder.stages.map(\.name)
    )
    #expect(Preprocessing(metadata: nearest.metadata) == nearest.preprocessing)
    #expect(nearest.metadata["preprocessing"] != encoder.metadata["preprocessing"])

    nearest.freeze(through: "block4")
    #expect(encoder.lastFrozenStage?.name == "block4" && nearest.lastFrozenStage?.name == "block4")
    #expect(nearest.state.mapValues(\.scalars) == encoder.state.mapValues(\.scalars))
    let stripes = Picture(
      width: 64, height: 64, channels: 3, pixels: (0..<64 * 64 * 3).map { $0 / 3 % 2 == 0 ? 0 : 255 })
    let (smooth, picked) = (
      encoder.features(of: [stripes], through: "block1"), nearest.features(of: [stripes], through: "block1")
    )
    #expect(smooth.shape == picked.shape && smooth.scalars != picked.scalars)
    // A picture of exactly the size is not resized.
    let exact = stripes.resized(width: 32, height: 32)
    expectClose(
      encoder.features(of: [exact], through: "block2"), nearest.features(of: [exact], through: "block2"),
      within: 0, "as large as the input")
  }

  /// Files from before the filter was recorded.
  @Test func withoutAFilterPicturesAreResizedBilinearly() {
    let full = Preprocessing.caffe.identity
    let older = full.replacing("\"filter\":\"bilinear\",", with: "")
    #expect(older != full)
    #expect(Preprocessing(metadata: ["preprocessing": older]) == .caffe)
  }
}
