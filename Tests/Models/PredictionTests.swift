import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import TestSupport
import Testing

/// An encoder whose only stage is a convolution as wide as its stride.
private final class Steps: ImageEncoder {
  let stages: [EncoderStage]
  let preprocessing: Preprocessing

  init(stride: Int, width: Int, height: Int) {
    preprocessing = Preprocessing(width: width, height: height)
    let convolution = Conv2D(
      inputs: 3, outputs: 4, kernelSize: stride, stride: stride, random: RandomStream(seed: 9))
    stages = [EncoderStage("all", convolution, channels: 4, stride: stride)]
  }
}

private func picture(_ width: Int, _ height: Int, seed: UInt64) -> Picture {
  var random = RandomStream(seed: seed)
  return Picture(
    width: width, height: height, channels: 3,
    pixels: (0..<width * height * 3).map { _ in UInt8(random.integer(below: 256)) })
}

private func encoders() -> [any ImageEncoder] {
  let size = Preprocessing(width: 64, height: 64)
  return [
    VGG(.vgg16, width: 2, preprocessing: size),
    ResNet(.resNet50, variant: .torchvision, width: 2, preprocessing: size),
    ResNet(.resNet18, variant: .torchvision, width: 2, preprocessing: size),
    MobileNetV2(width: 0.35, preprocessing: size),
    VGGFace(size: .init(width: 2, hiddenUnits: 5), preprocessing: size),
  ]
}

@Suite struct PredictionTests {
  @Test(arguments: [4, 8, 16, 32, 64])
  func decodersEnlargeByTheStrideOfTheEncoder(stride: Int) throws {
    let network = SegmentationNetwork(
      encoder: Steps(stride: stride, width: 192, height: 128), decoder: .fcn32(classes: 2))
    let logits = network.logits(of: [picture(50, 40, seed: 1)])
    #expect(logits.shape == [1, 128, 192, 2])
    // The bilinear kernel's weights add up to 1 wherever four scores are reached.
    let decoder = FCN32Decoder(inputs: 1, stride: stride)
    let upsample = try #require(decoder.upsample)
    let ones = upsample(Tensor(repeating: 1, shape: [1, 3, 3, 1]), .inference)
    #expect(ones.shape == [1, 3 * stride, 3 * stride, 1])
    #expect(abs(ones.scalars[(3 * stride / 2) * 3 * stride + 3 * stride / 2] - 1) < 1e-5)
  }

  @Test(.exits) func mapsThatWouldNotFitThePicturesAreRefused() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SegmentationNetwork(encoder: Steps(stride: 32, width: 250, height: 224))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("this decoder would make maps of 224×224 for pictures of 250×224"))
    #expect(text.contains("features of 7×7 and a stride of 32"))
  }

  @Test(.exits) func aPooledDecoderOfAnotherSizeIsRefused() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SegmentationNetwork(encoder: Steps(stride: 32, width: 96, height: 96), decoder: .pooled(side: 224))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("the pooled decoder would make maps of 224×224 for pictures of 96×96"))
  }

  @Test(.exits) func aDecoderThatReadsStagesThatAreNotThereIsRefused() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SegmentationNetwork(encoder: Steps(stride: 32, width: 96, height: 96), decoder: .fcn(.fcn8s))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("there are no stages of the strides that FCN8s reads"))
  }

  @Test func noPicturesHaveNoFeatures() {
    for encoder in encoders() {
      for stage in encoder.stages {
        let one = encoder.features(of: [picture(64, 64, seed: 2)], through: stage.name)
        let none = encoder.features(of: [], through: stage.name)
        #expect(
          none.shape == Tensor.Shape([0] + one.shape.dropFirst()), "\(encoder.architecture) \(stage.name)")
      }
    }
  }

  @Test func noPicturesHaveNoLogits() throws {
    let encoder = VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 64, height: 32))
    for decoder in [SegmentationNetwork.Decoder.fcn32(classes: 3), .fcn(.fcn8s, classes: 3, hiddenUnits: 4)] {
      let network = SegmentationNetwork(encoder: encoder, decoder: decoder)
      #expect(network.logits(of: []).shape == [0, 32, 64, 3])
      #expect(network.probabilities(of: []).shape == [0, 32, 64, 3])
      #expect(network.probabilityMaps(of: []).isEmpty)
    }
    let classifier = ClassificationNetwork(
      encoder: encoder,
      top: Sequential([
        ("pool", GlobalAveragePool2D()),
        ("logits", Dense(inputs: encoder.lastStage.channels, outputs: 7, random: RandomStream(seed: 1))),
      ]))
    #expect(classifier.logits(of: []).shape == [0, 7])
    let gender = ClassificationNetwork.gender(encoder)
    #expect(gender(encoder.preprocessing.tensor(of: []), .inference).shape == [0, 2])
    let tap = try #require(FeatureTap(encoder, layer: "block2.conv1"))
    #expect(tap.features(of: encoder.preprocessing.tensor(of: [])).shape == [0, 16, 32, 4])
  }

  /// Each pixel of a map lies between four of the network's, with the centres at halves.
  @Test func probabilityMapsAreResizedBilinearly() {
    let network = SegmentationNetwork(
      encoder: Steps(stride: 8, width: 32, height: 24), decoder: .fcn32(classes: 3))
    let picture = picture(45, 70, seed: 3)
    let small = network.probabilities(of: [picture]).scalars.map(Double.init)
    var expected: [Double] = []
    for y in 0..<70 {
      for x in 0..<45 {
        let (row, column) = (
          max((Double(y) + 0.5) * 24 / 70 - 0.5, 0), max((Double(x) + 0.5) * 32 / 45 - 0.5, 0)
        )
        let (top, left) = (Int(row), Int(column))
        let (bottom, right) = (min(top + 1, 23), min(left + 1, 31))
        let (down, across) = (row - Double(top), column - Double(left))
        for c in 0..<3 {
          func value(_ row: Int, _ column: Int) -> Double { small[(row * 32 + column) * 3 + c] }
          expected.append(
            (1 - down) * ((1 - across) * value(top, left) + across * value(top, right))
              + down * ((1 - across) * value(bottom, left) + across * value(bottom, right)))
        }
      }
    }
    let map = network.probabilityMaps(of: [picture])[0]
    #expect(map.shape == [70, 45, 3])
    expectClose(map.scalars.map(Double.init), expected, within: 1e-5, "map")
  }

  @Test func freezingThroughAStageLeavesLaterOnesAsTheyWere() {
    let encoder = VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 64, height: 64))
    encoder.freeze("block5")
    encoder.freeze(through: "block2")
    let trained = encoder.stages.filter { !$0.module.isFrozen }.map(\.name)
    #expect(trained == ["block3", "block4"])
    encoder.freeze(through: "block3")
    #expect(encoder.lastFrozenStage?.name == "block3")
  }

  @Test func anEncoderOfOneStageIsTrainedWhole() {
    let one = Steps(stride: 8, width: 16, height: 16)
    one.freezeUpToLastStage()
    #expect(!one.isFrozen && one.lastFrozenStage == nil)
    let several = VGG(.vgg16, width: 2)
    several.freezeUpToLastStage()
    #expect(several.lastFrozenStage?.name == "block4" && !several.lastStage.module.isFrozen)
  }
}
