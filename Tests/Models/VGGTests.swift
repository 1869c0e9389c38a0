import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// The same weights as four programs wrote them.
private let narrowFiles: [(file: String, depth: VGG.Depth, preprocessing: Preprocessing)] = [
  ("keras/vgg16_narrow_keras_notop.h5", .vgg16, .caffe),
  ("keras/vgg16_narrow_keras1_notop.h5", .vgg16, .caffe),
  ("keras/vgg19_narrow_keras_notop.h5", .vgg19, .caffe),
  ("safetensors/vgg16_narrow_torchvision.safetensors", .vgg16, .torch),
]

@Test(arguments: narrowFiles.indices)
func narrowVGGMatchesStageByStage(_ index: Int) throws {
  let (file, depth, preprocessing) = narrowFiles[index]
  let golden = try Golden.npz("vgg_narrow")
  let encoder = try VGG(depth, weights: .file(Golden.folder.appendingPathComponent(file)), width: 4)
  #expect(encoder.preprocessing == preprocessing)
  let input = try golden.tensor(named: "input")
  for stage in encoder.stages {
    let features = encoder.features(of: input, from: nil, through: stage.name, .inference)
    expectClose(features, try golden.tensor(named: "\(depth)/\(stage.name)_pool"), within: 1e-4, stage.name)
  }
  for (block, count) in depth.convolutions.enumerated().dropFirst(2) {
    let layer = "block\(block + 1)_conv\(count)"
    let tap = try #require(FeatureTap(encoder, layer: layer))
    expectClose(tap.features(of: input), try golden.tensor(named: "\(depth)/\(layer)"), within: 1e-4, layer)
  }
}

@Test func stagesCanBeRunOneByOne() throws {
  let encoder = VGG(.vgg19, width: 4)
  let input = Tensor(repeating: 3, shape: [2, 64, 64, 3])
  let whole = encoder(input, .inference).scalars
  let half = encoder.features(of: input, from: nil, through: "block3", .inference)
  #expect(encoder.features(of: half, from: "block4", through: "block5", .inference).scalars == whole)
}

@Test func parameterCountsAreThePapersTable() {
  for (depth, total, last, hidden, first) in [
    (VGG.Depth.vgg16, 14_714_688, 7_079_424, 5, 125_445), (.vgg19, 20_024_384, 9_439_232, 10, 250_890),
  ] {
    let encoder = VGG(depth)
    #expect(encoder.parameterCount == total)
    encoder.freeze(through: "block4")
    #expect(encoder.trainableParameterCount == last)
    #expect(encoder.lastFrozenStage?.name == "block4")
    let head = ClassificationNetwork.gender(encoder, hiddenUnits: hidden).head
    let counts = head.layers.map(\.layer.parameterCount).filter { $0 > 0 }
    #expect(counts == [first, (hidden + 1) * 5, 12])
  }
  #expect(FCN32Decoder(inputs: 512).parameterCount == 513 + 4096)
}

@Test func parameterCountsOfResNetAreThePapersTable() {
  let encoder = ResNet(.resNet50, variant: .kerasUnpadded)
  encoder.freeze(through: "conv4")
  #expect(encoder.trainableParameterCount == 14_976_000)
  let head = ClassificationNetwork.gender(encoder, poolsFeatures: true, hiddenUnits: 10).head
  #expect(head.layers.map(\.layer.parameterCount).filter { $0 > 0 } == [20_490, 55, 12])
  let features = Tensor(shape: [1, 7, 7, 2048], scalars: (0..<7 * 7 * 2048).map { Float($0 % 5) })
  let means = globalAveragePooling2D(features).reshaped(to: [1, 1, 1, 2048])
  expectClose(head(features, .inference), head(means, .inference), within: 1e-5, "only the means count")
}

@Test func fileOfAnotherNetworkIsNamed() {
  #expect {
    try VGG.vgg19(weights: .file(Golden.folder.appendingPathComponent(narrowFiles[0].file)), width: 4)
  } throws: { error in
    let text = "\(error)"
    return text.contains("vgg16_narrow_keras_notop.h5") && text.contains("block3.conv4.kernel")
      && text.contains("This looks like VGG16 (Keras): use VGG.vgg16.")
  }
}

// MARK: The real network

private struct Activations: Decodable {
  let activations: [String: Layer]
  struct Layer: Decodable {
    let mean, max: Double
    let samples: [[Double]]?
  }
}

@Test(.enabled(if: TestData.has("data/weights/keras"), "real data not found: set GRAFT_TEST_DATA"))
func realVGG19GivesPyTorchsActivations() throws {
  let encoder = try VGG.vgg19(weights: .file(TestData.url("data/weights/keras/vgg19_imagenet_notop.h5")))
  let picture = try Picture(contentsOf: TestData.url("data/images/base.png"))
  let caffe = Preprocessing(width: picture.width, height: picture.height, style: .caffe)
  let golden = try JSONDecoder().decode(
    Activations.self,
    from: Data(contentsOf: TestData.url("data/weights/keras/vgg19_golden_activations.json")))
  #expect(golden.activations.count == 21)
  for (layer, expected) in golden.activations.sorted(by: { $0.key < $1.key }) {
    let output = try #require(FeatureTap(encoder, layer: layer)).features(of: caffe.tensor(of: [picture]))
    let values = output.scalars.map(Double.init)
    expectClose(values.max() ?? 0, expected.max, within: 1e-4, "\(layer) max")
    expectClose(values.reduce(0, +) / Double(values.count), expected.mean, within: 1e-4, "\(layer) mean")
    for sample in expected.samples ?? [] {
      let (y, x, channel) = (Int(sample[0]), Int(sample[1]), Int(sample[2]))
      let value = values[(y * output.shape[2] + x) * output.shape[3] + channel]
      #expect(abs(value - sample[3]) <= 1e-4 * expected.max, "\(layer) at \(y), \(x), \(channel)")
    }
  }
}
