import Graft
import GraftTensor
import Testing

private let random = RandomStream(seed: 5)

private func pictures(_ count: Int) -> [Picture] {
  var random = RandomStream(seed: 8)
  return (0..<count).map { _ in
    Picture(
      width: 300, height: 260, channels: 3,
      pixels: (0..<300 * 260 * 3).map { _ in UInt8(random.integer(below: 256)) })
  }
}

private func network() -> SegmentationNetwork {
  SegmentationNetwork(
    encoder: VGG(.vgg11, width: 32, preprocessing: Preprocessing(width: 224, height: 224)), random: random)
}

/// What computes as users write it, on a thread of their own, uses the threads of the compute library all the same.
@Suite struct ComputeThreadTests {
  @Test func aStepOfOnesOwnRunsOnAllThreads() throws {
    let network = network()
    let input = network.encoder.preprocessing.tensor(of: pictures(2))
    let masks = Tensor(shape: [2, 224, 224, 1], scalarType: .uint8) { bytes in
      for index in bytes.indices { bytes[index] = index % 3 == 0 ? 1 : 0 }
    }
    var optimizer = RMSprop(learningRate: 1e-4)
    let profile = ComputeProfile()
    try profile.measure {
      let step = TrainingStep(random: random)
      let logits = network(input, step.context)
      let penalty = try #require(network.regularization(step.context))
      let loss = binaryCrossEntropy(fromLogits: logits, masks) + penalty
      optimizer.update(network, with: try step.gradients(of: loss))
    }
    #expect(!profile.entries.isEmpty)
    #expect(profile.loopsOnOneThread == 0)
  }

  @Test func picturesAreComputedOnAllThreads() throws {
    let network = network()
    let (encoder, pictures) = (network.encoder, pictures(3))
    let classifier = ClassificationNetwork.gender(encoder)
    let tap = try #require(FeatureTap(encoder, layer: "block2_conv1"))
    let calls: [(name: String, call: () -> Void)] = [
      ("features", { _ = encoder.features(of: pictures, through: "block3") }),
      ("logits", { _ = network.logits(of: pictures) }),
      ("probabilities", { _ = network.probabilities(of: pictures) }),
      ("probability maps", { _ = network.probabilityMaps(of: pictures) }),
      ("tap", { _ = tap.features(of: encoder.preprocessing.tensor(of: pictures)) }),
      ("network", { _ = classifier(encoder.preprocessing.tensor(of: pictures), .inference) }),
      ("encoder", { _ = encoder(encoder.preprocessing.tensor(of: pictures), .inference) }),
    ]
    for (name, call) in calls {
      let profile = ComputeProfile()
      profile.measure(call)
      #expect(!profile.entries.isEmpty && profile.loopsOnOneThread == 0, "\(name)")
    }
  }

  @Test func layersAndScoresGoToTheComputeThreadByThemselves() {
    let convolution = Conv2D(inputs: 64, outputs: 64, kernelSize: 3, padding: .same, random: random)
    let image = Tensor(repeating: 1, shape: [2, 64, 64, 64])
    var score = SegmentationScore()
    let masks = Tensor(repeating: 1, shape: [3, 8, 8, 1])
    let profile = ComputeProfile()
    profile.measure {
      _ = convolution(image, .inference)
      score.add(logits: masks, masks: masks)
    }
    #expect(!profile.entries.isEmpty && profile.loopsOnOneThread == 0)
  }

  /// The count itself: a loop by hand, on a thread that has no others.
  @Test func aLoopOnOneThreadIsCounted() {
    let row = Tensor(repeating: 1, shape: [200_000])
    let profile = ComputeProfile()
    profile.measure { _ = row + row }
    #expect(profile.loopsOnOneThread == 1)
    let onComputeThread = ComputeProfile()
    onComputeThread.measure { ComputeThread.run { _ = row + row } }
    #expect(onComputeThread.loopsOnOneThread == 0)
  }
}
