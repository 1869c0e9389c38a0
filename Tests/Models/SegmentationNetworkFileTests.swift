import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// An encoder with which a network goes to a file and comes back.
private struct Case: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let encoder: @Sendable () throws -> any ImageEncoder
  var decoder = SegmentationNetwork.Decoder.fcn32()
}

private let own = Preprocessing(width: 64, height: 96, style: .torch)

private let cases: [Case] =
  VGG.Depth.allCases.flatMap { depth in
    VGG.Variant.allCases.map { variant in
      Case(testDescription: "\(depth) \(variant)") {
        VGG(depth, variant: variant, width: 2, preprocessing: own, random: RandomStream(seed: 1))
      }
    }
  }
  + ResNet.Depth.allCases.flatMap { depth in
    ResNet.Variant.allCases.filter { depth.hasBottlenecks || $0 == .torchvision }.map { variant in
      Case(testDescription: "\(depth) \(variant)") {
        ResNet(depth, variant: variant, width: 2, preprocessing: own, random: RandomStream(seed: 1))
      }
    }
  }
  + [
    Case(testDescription: "MobileNetV2 0.35") { MobileNetV2(width: 0.35, preprocessing: own) },
    Case(testDescription: "MobileNetV2 1.4") { MobileNetV2(width: 1.4, preprocessing: own) },
    Case(testDescription: "VGG-Face") {
      VGGFace(
        size: .init(width: 2, hiddenUnits: 5),
        preprocessing: Preprocessing(width: 64, height: 64, style: .vggFace))
    },
    Case(testDescription: "small VGG") { try VGG.small() },
    Case(
      testDescription: "three classes", encoder: { VGG(.vgg16, width: 2, preprocessing: own) },
      decoder: .fcn32(classes: 3)),
  ]
  + [
    Case(
      testDescription: "pooled", encoder: { VGG(.vgg11, width: 2, preprocessing: .caffe) },
      decoder: .pooled(classes: 2))
  ]
  + FCNDecoder.Variant.allCases.map { variant in
    Case(
      testDescription: variant.rawValue, encoder: { VGG(.vgg11, width: 2, preprocessing: own) },
      decoder: .fcn(variant, classes: 2, hiddenUnits: 7))
  }

/// Writes tensors and metadata as a study does, some of them changed or left out.
private func write(
  _ network: some Module, to file: URL, changing changes: [String: String] = [:],
  leavingOut path: String? = nil
) throws {
  let state = network.state
  let tensors = network.stateShapes.compactMap { entry in
    entry.path == path ? nil : state[entry.path].map { (name: entry.path, tensor: $0) }
  }
  var metadata = network.metadata
  for (key, text) in changes { metadata[key] = text }
  if let path { metadata[path] = nil }
  try SafetensorsFile.write(tensors, metadata: metadata, to: file)
}

private func architecture(_ architecture: Architecture) -> [String: String] {
  ModelCard(architecture: architecture).metadata
}

private func head(_ architecture: Architecture) -> [String: String] {
  ModelCard(head: architecture).metadata
}

private func mobileNetV2(width: Double) -> Architecture {
  struct Settings: Encodable {
    let variant = "torchvision"
    let width: Double
  }
  return Architecture("mobilenet_v2", settings: Settings(width: width), title: "MobileNetV2")
}

private func picture(_ width: Int, _ height: Int) -> Picture {
  Picture(
    width: width, height: height, channels: 3,
    pixels: (0..<width * height * 3).map { UInt8(($0 * 37 + $0 / 91) % 256) })
}

@Suite struct SegmentationNetworkFileTests {
  @Test(arguments: cases)
  private func aWholeNetworkComesBackFromItsFile(_ example: Case) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = SegmentationNetwork(
        encoder: try example.encoder(), decoder: example.decoder, random: RandomStream(seed: 2))
      try write(network, to: file)
      let copy = try SegmentationNetwork(contentsOf: file)
      #expect(copy.metadata == network.metadata)
      #expect(copy.encoder.stages.map(\.channels) == network.encoder.stages.map(\.channels))
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      let pictures = [picture(50, 40)]
      #expect(copy.probabilities(of: pictures).scalars == network.probabilities(of: pictures).scalars)
    }
  }

  @Test func mapsAreAsLargeAsThePictures() {
    let encoder = VGG(.vgg11, width: 2, preprocessing: own)
    let network = SegmentationNetwork(
      encoder: encoder, decoder: .fcn32(classes: 3), random: RandomStream(seed: 3))
    let pictures = [picture(64, 96), picture(31, 77)]
    let whole = network.probabilities(of: pictures)
    #expect(whole.shape == [2, 96, 64, 3])
    let maps = network.probabilityMaps(of: pictures)
    #expect(maps.map(\.shape) == [[96, 64, 3], [77, 31, 3]])
    #expect(maps[0].scalars == whole.sliced(0..<1, alongAxis: 0).scalars)
    // Bilinear weights keep the sum of the classes, and differ where a picture does.
    for map in maps {
      let sums = map.sum(alongAxes: [2]).scalars
      #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
    }
    #expect(Set(maps[1].scalars).count > 100)
    #expect(network.probabilityMaps(of: []).isEmpty)
    let one = SegmentationNetwork(encoder: encoder).probabilities(of: pictures)
    let logits = SegmentationNetwork(encoder: encoder).logits(of: pictures)
    expectClose(
      one.scalars.map(Double.init), logits.scalars.map { 1 / (1 + exp(-Double($0))) }, within: 1e-6,
      "one class")
  }

  @Test func filesOfOtherThingsAreRefusedInWords() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = SegmentationNetwork(encoder: VGG(.vgg11, width: 2, preprocessing: own))
      func expectRefusal(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(sourceLocation: sourceLocation) {
          try SegmentationNetwork(contentsOf: file)
        } throws: { error in
          "\(error)".contains(text) && "\(error)".contains("network.safetensors")
        }
      }
      try write(ClassificationNetwork.gender(network.encoder), to: file)
      expectRefusal("holds a classifier, which gives no masks")
      try write(VGG(.vgg11, width: 2), to: file)
      expectRefusal("holds weights without a decoder")
      try write(network, to: file, leavingOut: "architecture")
      expectRefusal("does not say what its encoder is")
      try write(network, to: file, changing: ["preprocessing": "{}"])
      expectRefusal("preprocessing: \"{}\" describes no way to prepare pictures")
      try write(network, to: file, changing: ["architecture": "VGG11"])
      expectRefusal("architecture: \"VGG11\" is not what a model card has there")
      try write(network, to: file, changing: architecture(Architecture("MobileFace")))
      expectRefusal(
        "its encoder is MobileFace of the family MobileFace, and the families that this program knows are vgg"
      )
      try write(network, to: file, changing: head(Architecture("pyramid")))
      expectRefusal("its head is pyramid of the family pyramid")
      try write(network, to: file, changing: head(Architecture("fcn32")))
      expectRefusal("has other settings than its family takes")
      try write(network, to: file, leavingOut: "head")
      expectRefusal("does not say of which kind its decoder is")
      let other = SegmentationNetwork(encoder: network.encoder, decoder: .fcn(.fcn8s, hiddenUnits: 3))
      try write(network, to: file, changing: ["head": try #require(other.metadata["head"])])
      expectRefusal("parameters are not in the file")
      try write(network, to: file, changing: architecture(VGG(.vgg19, width: 2).architecture))
      expectRefusal("parameters are not in the file")
      try write(network, to: file, leavingOut: "encoder.block3.conv1.bias")
      expectRefusal("block3.conv1.bias")
      try write(network, to: file)
      let bytes = try Data(contentsOf: file)
      try bytes.prefix(bytes.count - 100).write(to: file)
      expectRefusal("ends at byte")
    }
  }

  /// What a file claims is not believed where it would take all memory, or stop the program.
  @Test func impossibleClaimsAreRefused() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = SegmentationNetwork(encoder: VGG(.vgg11, width: 2, preprocessing: own))
      let claims: [[String: String]] = [
        ["preprocessing": Preprocessing(width: 1 << 40, height: 1 << 40).identity],
        ["preprocessing": Preprocessing(width: 20, height: 20).identity],
        architecture(mobileNetV2(width: 1e300)), architecture(mobileNetV2(width: -1)),
        architecture(Architecture("vgg", settings: ["width": 1 << 40], title: "wide")),
        architecture(
          Architecture("resnet", settings: ["depth": "resNet18", "variant": "keras"], title: "no")),
        architecture(
          Architecture("vgg_face", settings: ["width": 1, "hiddenUnits": 1 << 40], title: "wide")),
        architecture(Architecture("vgg", title: "no settings")),
        head(Architecture("fcn32", settings: ["classes": 1 << 40], title: "many")),
      ]
      for changes in claims {
        try write(network, to: file, changing: changes)
        #expect(throws: (any Error).self, "\(changes)") { try SegmentationNetwork(contentsOf: file) }
      }
      let fine = SegmentationNetwork(
        encoder: VGG(.vgg11, width: 2, preprocessing: own), decoder: .fcn(.fcn8s, hiddenUnits: 3))
      try write(fine, to: file, changing: ["preprocessing": Preprocessing(width: 100, height: 96).identity])
      #expect { try SegmentationNetwork(contentsOf: file) } throws: { "\($0)".contains("pictures of 100×96") }
    }
  }

  @Test func anEncoderOfOnesOwnIsMadeByItsFamily() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = SegmentationNetwork(encoder: Halves(own), random: RandomStream(seed: 4))
      try write(network, to: file)
      func read(_ family: EncoderFamily) throws -> SegmentationNetwork {
        try SegmentationNetwork(contentsOf: file, families: EncoderFamily.builtIn + [family])
      }
      let copy = try read(EncoderFamily("Halves") { Halves($0) })
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      #expect {
        try SegmentationNetwork(contentsOf: file)
      } throws: { "\($0)".contains("with its family in the list of families") }
      #expect {
        try read(EncoderFamily("Halves") { _ in Halves(.torch) })
      } throws: { "\($0)".contains("prepares pictures in another way") }
      #expect {
        try read(EncoderFamily("Halves") { VGG(.vgg11, width: 2, preprocessing: $0) })
      } throws: { "\($0)".contains("made VGG11, 2 channels wide where the file has Halves") }
    }
  }

  private struct Width: Codable { let classes: Int }

  /// A decoder that is not the library's: a dense layer on the mean, as a map of one pixel.
  private static func means(_ classes: Int) -> HeadKind {
    HeadKind(Architecture("means", settings: Width(classes: classes), title: "means")) { encoder, random in
      FCN32Decoder(inputs: encoder.lastStage.channels, stride: 32, classes: classes, random: random)
    }
  }

  @Test func aDecoderOfOnesOwnHasANameInFiles() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = SegmentationNetwork(
        encoder: VGG(.vgg11, width: 2, preprocessing: own), decoder: Self.means(3),
        classNames: ["a", "b", "c"],
        random: RandomStream(seed: 5))
      try write(network, to: file)
      let family = HeadFamily("means") { (settings: Width) in Self.means(settings.classes) }
      let copy = try SegmentationNetwork(contentsOf: file, decoders: HeadFamily.builtIn + [family])
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      #expect(copy.metadata == network.metadata && copy.classNames == ["a", "b", "c"])
      #expect {
        try SegmentationNetwork(contentsOf: file)
      } throws: { "\($0)".contains("its head is means of the family means") }
      // One without a name can be written, and not read back.
      let nameless = SegmentationNetwork(
        encoder: network.encoder,
        decoder: HeadKind { FCN32Decoder(inputs: $0.lastStage.channels, random: $1) })
      try write(nameless, to: file)
      #expect {
        try SegmentationNetwork(contentsOf: file)
      } throws: { "\($0)".contains("does not say of which kind its decoder is") }
    }
  }
}

/// An encoder that is not the library's.
private final class Halves: ImageEncoder {
  let stages = [
    EncoderStage(
      "all", Conv2D(inputs: 3, outputs: 4, kernelSize: 32, stride: 32, random: RandomStream(seed: 9)),
      channels: 4, stride: 32)
  ]
  let preprocessing: Preprocessing

  init(_ preprocessing: Preprocessing) { self.preprocessing = preprocessing }
}
