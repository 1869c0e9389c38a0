import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private let own = Preprocessing(width: 64, height: 64, style: .torch)

private func write(_ network: ClassificationNetwork, to file: URL) throws {
  let state = network.state
  try SafetensorsFile.write(
    network.stateShapes.compactMap { path, _ in state[path].map { (name: path, tensor: $0) } },
    metadata: network.metadata, to: file)
}

/// A network of each family with the classifier that it has of itself, and with the paper's.
private let networks: [@Sendable () -> ClassificationNetwork] = [
  {
    ClassificationNetwork(
      encoder: VGG(.vgg11, variant: .batchNormalized, width: 2, preprocessing: own),
      top: VGG.top(channels: 16, side: 2, hiddenUnits: 5, classes: 3), classNames: ["a", "b", "c"])
  },
  {
    ClassificationNetwork(
      encoder: ResNet(.resNet50, variant: .keras, width: 2, preprocessing: own),
      top: ResNet.top(inputs: 64, classes: 3))
  },
  {
    ClassificationNetwork(
      encoder: MobileNetV2(width: 0.25, preprocessing: own), top: MobileNetV2.top(classes: 4))
  },
  {
    let size = VGGFace.Size(width: 2, hiddenUnits: 5)
    return ClassificationNetwork(
      encoder: VGGFace(size: size, preprocessing: own), top: VGGFace.top(size, classes: 3))
  },
  { .gender(VGG(.vgg16, width: 2, preprocessing: own), hiddenUnits: 5, classNames: ["female", "male"]) },
  { .gender(ResNet(.resNet18, variant: .torchvision, width: 2, preprocessing: own), poolsFeatures: true) },
]

@Suite struct ClassificationNetworkFileTests {
  @Test(arguments: networks.indices)
  func aWholeClassifierComesBackFromItsFile(_ index: Int) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = networks[index]()
      try write(network, to: file)
      let copy = try ClassificationNetwork(contentsOf: file)
      #expect(copy.metadata == network.metadata && copy.classNames == network.classNames)
      #expect(copy.encoder.preprocessing == own)
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      let picture = Picture(
        width: 40, height: 30, channels: 3, pixels: (0..<3600).map { UInt8($0 * 7 % 251) })
      #expect(copy.logits(of: [picture]).scalars == network.logits(of: [picture]).scalars)
    }
  }

  @Test func aHeadOfOnesOwnIsReadByItsFamily() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let kind = HeadKind(Architecture("mean")) { encoder, random in
        Sequential([
          ("pool", GlobalAveragePool2D()),
          ("logits", Dense(inputs: encoder.lastStage.channels, outputs: 3, random: random)),
        ])
      }
      let network = ClassificationNetwork(encoder: VGG(.vgg11, width: 2, preprocessing: own), head: kind)
      try write(network, to: file)
      let copy = try ClassificationNetwork(
        contentsOf: file, heads: HeadFamily.builtIn + [HeadFamily("mean", kind: kind)])
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      #expect {
        try ClassificationNetwork(contentsOf: file)
      } throws: { "\($0)".contains("its head is mean of the family mean") }
    }
  }

  @Test func filesOfOtherThingsAreRefusedInWords() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let segmentation = SegmentationNetwork(encoder: VGG(.vgg11, width: 2, preprocessing: own))
      try SafetensorsFile.write(
        segmentation.state.map { (name: $0.key, tensor: $0.value) }, metadata: segmentation.metadata, to: file
      )
      #expect {
        try ClassificationNetwork(contentsOf: file)
      } throws: { "\($0)".contains("a segmentation network, which names no classes of whole pictures") }
      // A top that is not the encoder's own, and that nothing is said of.
      let top = Sequential([("logits", Dense(inputs: 64, outputs: 2, random: RandomStream(seed: 1)))])
      try write(
        ClassificationNetwork(encoder: VGG(.vgg11, width: 2, preprocessing: own), top: top), to: file)
      #expect(throws: LoadReport.self) { try ClassificationNetwork(contentsOf: file) }
    }
  }
}
