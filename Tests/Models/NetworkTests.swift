import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// A published network, narrow, and how it is loaded.
private struct Case: CustomTestStringConvertible, Sendable {
  let name: String
  let stageCount: Int
  let load: @Sendable (WeightSource) throws -> ClassificationNetwork
  let encoder: @Sendable (WeightSource) throws -> any ImageEncoder
  var testDescription: String { name }

  static func resNet(
    _ name: String, _ depth: ResNet.Depth, _ variant: ResNet.Variant?, stageCount: Int = 1
  ) -> Case {
    Case(
      name: name, stageCount: stageCount,
      load: { try ResNet.classifier(depth, variant, weights: $0, width: 4) },
      encoder: { try ResNet(depth, variant, weights: $0, width: 4) })
  }

  static func vgg(_ name: String, _ depth: VGG.Depth, _ variant: VGG.Variant) -> Case {
    Case(
      name: name, stageCount: 2, load: { try VGG.classifier(depth, variant, weights: $0, width: 4) },
      encoder: { try VGG(depth, variant, weights: $0, width: 4) })
  }
}

private let cases: [Case] = [
  // Without a variant, that of the weights is taken.
  .resNet("resnet50_kerasUnpadded", .resNet50, nil, stageCount: 5),
  .resNet("resnet50_kerasPadded", .resNet50, .kerasPadded),
  .resNet("resnet50_keras", .resNet50, nil, stageCount: 5),
  .resNet("resnet50_torchvision", .resNet50, nil, stageCount: 5),
  .resNet("resnet101_keras", .resNet101, .keras), .resNet("resnet152_keras", .resNet152, nil),
  .resNet("resnet18_torchvision", .resNet18, nil, stageCount: 5),
  .resNet("resnet34_torchvision", .resNet34, .torchvision),
  .resNet("resnet101_torchvision", .resNet101, nil), .resNet("resnet152_torchvision", .resNet152, nil),
  .vgg("vgg11", .vgg11, .plain), .vgg("vgg13", .vgg13, .plain), .vgg("vgg16", .vgg16, .plain),
  .vgg("vgg19", .vgg19, .plain), .vgg("vgg11_bn", .vgg11, .batchNormalized),
  .vgg("vgg13_bn", .vgg13, .batchNormalized), .vgg("vgg16_bn", .vgg16, .batchNormalized),
  .vgg("vgg19_bn", .vgg19, .batchNormalized),
  Case(
    name: "mobilenet_v2", stageCount: 6, load: { try MobileNetV2.classifier(weights: $0, width: 0.25) },
    encoder: { try MobileNetV2(weights: $0, width: 0.25) }),
]

@Test(arguments: cases)
private func narrowNetworkMatchesItsAuthorsProgram(_ published: Case) throws {
  try withTemporaryFolder { folder in
    let golden = FormulaNetwork(name: published.name)
    let file = try golden.writeWeights(to: folder)
    let network = try published.load(.file(file))
    try golden.expect(logits: network(FormulaNetwork.input, .inference))
    let encoder = try published.encoder(.file(file))
    let count = try encoder.stages.count { stage in
      let features = encoder.features(
        of: FormulaNetwork.input, from: nil, through: stage.name, .inference)
      return try golden.expect(features: features, of: stage.name)
    }
    #expect(count == published.stageCount)
    // One stage after the other gives what all at once give.
    let half = encoder.stages[encoder.stages.count / 2]
    let before = encoder.features(of: FormulaNetwork.input, from: nil, through: half.name, .inference)
    let next = try #require(encoder.stage(after: half.name))
    let whole = encoder.features(
      of: before, from: next.name, through: encoder.lastStage.name, .inference)
    expectClose(whole, encoder(FormulaNetwork.input, .inference), within: 0, "\(published.name) in two parts")
  }
}

/// Encoders of every family with batch normalisation, and one without.
private let encoders: [@Sendable () -> any ImageEncoder] = [
  { ResNet(.resNet18, variant: .torchvision, width: 4, preprocessing: small) },
  { ResNet(.resNet50, variant: .kerasUnpadded, width: 4, preprocessing: small) },
  { VGG(.vgg11, variant: .batchNormalized, width: 4, preprocessing: small) },
  { VGG(.vgg13, width: 4, preprocessing: small) },
  { MobileNetV2(width: 0.25, preprocessing: small) },
]
private let small = Preprocessing(width: 75, height: 66)

@Test(arguments: encoders.indices)
func freezingAndTapsWorkByStage(_ index: Int) throws {
  let encoder = encoders[index]()
  let input = Tensor(repeating: 0.5, shape: [2, small.height, small.width, 3])
  for stage in encoder.stages {
    let tapped = try #require(FeatureTap(encoder, layer: stage.name)).features(of: input)
    let features = encoder.features(of: input, from: nil, through: stage.name, .inference)
    expectClose(tapped, features, within: 0, stage.name)
    // Under observation layers run one by one, else batch normalisations are folded into convolutions: both round.
    let observed = encoder.features(of: input, from: nil, through: stage.name, .observing { _, _ in })
    expectClose(observed, features, within: 2e-6, stage.name)
    #expect(features.shape == Tensor.Shape([2] + encoder.outputShape(of: stage.name).dimensions))
    #expect(features.shape[3] == stage.channels)
  }
  #expect(FeatureTap.names(of: encoder).allSatisfy { FeatureTap(encoder, layer: $0) != nil })

  let boundary = encoder.stages[encoder.stages.count - 2].name
  encoder.freeze(through: boundary)
  #expect(encoder.lastFrozenStage?.name == boundary)
  let before = encoder.state.mapValues(\.scalars)
  let random = RandomStream(seed: 1)
  let trained = encoder.features(
    of: input, from: nil, through: boundary, .training(Tape(), random: random))
  expectClose(
    trained, encoder.features(of: input, from: nil, through: boundary, .inference), within: 1e-6,
    "a frozen stage in training")
  _ = encoder(input, .training(Tape(), random: random))
  // Only what follows the boundary has moved.
  let moved = encoder.state.filter { $0.value.scalars != before[$0.key] }.map(\.key)
  #expect(moved.allSatisfy { $0.hasPrefix(encoder.lastStage.name + ".") })
  #expect(moved.isEmpty == encoder.batchNorms.isEmpty)

  // Old Keras' frozen layers depend on the batch, so that nothing can be computed beforehand.
  guard !encoder.batchNorms.isEmpty else { return }
  encoder.setBatchNormBehaviour(.oldKeras)
  #expect(encoder.lastFrozenStage == nil)
  let old = encoder.features(of: input, from: nil, through: boundary, .training(Tape(), random: random))
  #expect(old.scalars != trained.scalars)
}

@Test func architectureDecidesAndNotTheShapes() throws {
  try withTemporaryFolder { folder in
    let torchvision = try FormulaNetwork(name: "resnet50_torchvision").writeWeights(to: folder)
    let keras = try FormulaNetwork(name: "resnet50_keras").writeWeights(to: folder)
    let old = try FormulaNetwork(name: "resnet50_kerasUnpadded").writeWeights(to: folder)
    func problem(_ variant: ResNet.Variant, _ file: URL) -> String {
      do {
        _ = try ResNet.resNet50(variant, weights: .file(file), width: 4)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(
      problem(.keras, torchvision).hasSuffix(
        "This looks like ResNet-50 (torchvision): use ResNet.resNet50(.torchvision)."))
    #expect(problem(.torchvision, keras).contains("use ResNet.resNet50(.keras)."))
    #expect(
      problem(.keras, old).contains(
        "This looks like ResNet-50 (Keras until 2018): use ResNet.resNet50(.kerasUnpadded)."))
    #expect(problem(.kerasPadded, old) == "none")
    #expect(throws: LoadReport.self) { try ResNet.resNet101(weights: .file(keras), width: 4) }

    let normalized = try FormulaNetwork(name: "vgg19_bn").writeWeights(to: folder)
    #expect {
      try VGG.vgg19(weights: .file(normalized), width: 4)
    } throws: { error in
      "\(error)".contains("vgg19_bn.safetensors")
        && "\(error)".hasSuffix(
          "This looks like VGG19 with batch normalisation (torchvision): use VGG.vgg19(.batchNormalized).")
    }
    // Another family is recognized, too.
    #expect {
      try VGG.vgg16(weights: .file(torchvision), width: 4)
    } throws: { "\($0)".contains("use ResNet.resNet50(.torchvision).") }
  }
}

@Test func fileWithoutItsTopNamesNoClasses() throws {
  let file = Golden.folder.appendingPathComponent("keras/vgg16_narrow_keras_notop.h5")
  #expect {
    try VGG.classifier(.vgg16, weights: .file(file), width: 4)
  } throws: { "\($0)".contains("the encoder of VGG16 (Keras) and no top") }
}

/// Sizes of a top come from the file, and so from strangers.
@Test(arguments: [
  ("classifier.0.weight", [Int.max >> 1, 0]), ("classifier.0.weight", [0, 1 << 62]),
  ("classifier.6.weight", [1 << 62, 0]), ("classifier.6.weight", [0, 0]), ("classifier.3.weight", [4]),
  ("classifier.6.weight", [2, 2, 2]),
])
func absurdTopIsRefused(_ name: String, _ shape: [Int]) throws {
  try withTemporaryFolder { folder in
    let sound = try SafetensorsFile(contentsOf: FormulaNetwork(name: "vgg11").writeWeights(to: folder))
    let file = folder.appendingPathComponent("absurd.safetensors")
    let tensors = try sound.names.map { other in
      (
        name: other,
        tensor: other == name ? Tensor(zeros: Tensor.Shape(shape)) : try sound.tensor(named: other)
      )
    }
    try SafetensorsFile.write(tensors, to: file)
    #expect(throws: LoadReport.self) { try VGG.classifier(.vgg11, weights: .file(file), width: 4) }
  }
}

@Test func adaptivePoolingIsTorchs() throws {
  let golden = try Golden.npz("networks")
  let pool = AdaptiveAveragePool2D(height: 7, width: 7)
  let image = FormulaNetwork.input
  let uneven = pool(image, .inference)
  expectClose(uneven, try golden.tensor(named: "adaptive_pool/uneven"), within: 1e-6, "uneven")
  let even = pool(image.sliced([0..<1, 0..<63, 0..<70, 0..<3]), .inference)
  expectClose(even, try golden.tensor(named: "adaptive_pool/even"), within: 1e-6, "even")
  expectClose(pool(even, .inference), even, within: 0, "what has the size already")
  try checkGradients(of: { pool($0[0], .inference) }, at: [image], "adaptive pooling")
}

@Test func namesOfKeras3LeadToTheSameParameters() throws {
  let source = Golden.folder.appendingPathComponent("keras/vgg16_narrow_keras_notop.h5")
  let file = try openWeightFile(at: source)
  try withTemporaryFolder { folder in
    // As the reader of .weights.h5 and .keras gives them.
    let renamed = folder.appendingPathComponent("keras3.safetensors")
    let tensors = try file.names.map { name in
      let number = name.hasSuffix("/kernel:0") ? 0 : 1
      return ("\(name.prefix { $0 != "/" })/vars/\(number)", try file.tensor(named: name))
    }
    try SafetensorsFile.write(tensors, to: renamed)
    let (ours, theirs) = (
      try VGG.vgg16(weights: .file(renamed), width: 4), try VGG.vgg16(weights: .file(source), width: 4)
    )
    for (path, tensor) in theirs.state { #expect(ours.state[path]?.scalars == tensor.scalars, "\(path)") }
  }
}

/// torchvision's `_make_divisible` gives these for a width of 0.35: 32 · 0.35 = 11.2 would be 8, which is less than nine
/// tenths of it, and becomes 16.
@Test func channelsOfANarrowMobileNetV2AreTorchvisions() throws {
  let network = MobileNetV2(width: 0.35)
  #expect(network.stages.map(\.channels) == [8, 8, 16, 32, 112, 1280])
  let shapes = Dictionary(uniqueKeysWithValues: network.stateShapes.map { ($0.path, $0.shape) })
  #expect(shapes["conv1.stem.conv.kernel"] == [3, 3, 3, 16])
  #expect(shapes["conv4.block1.project.conv.kernel"]?.last == 24)
  #expect(shapes["conv5.block1.project.conv.kernel"]?.last == 56)
  #expect(MobileNetV2(width: 1.4).stages.map(\.channels) == [24, 32, 48, 136, 448, 1792])
}
