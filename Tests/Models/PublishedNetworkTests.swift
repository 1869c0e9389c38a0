import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Files that Keras and PyTorch themselves have written; too large to be kept with the sources.
private let hasFiles = TestData.has("golden/resnet50_keras_narrow.npz")

/// A file, the network in it, and the part of resnet50_keras_narrow.npz that it gives.
private struct ResNetFile: CustomTestStringConvertible, Sendable {
  let name: String
  let variant: ResNet.Variant
  let golden: String
  let hasTop: Bool
  var testDescription: String { name }
  var source: WeightSource { .file(TestData.url("golden/\(name)")) }
}

private let resNetFiles: [ResNetFile] = [
  ResNetFile(name: "resnet50_keras_narrow.h5", variant: .keras, golden: "keras_new", hasTop: true),
  ResNetFile(
    name: "resnet50_keras_narrow_old.h5", variant: .kerasUnpadded, golden: "keras_old", hasTop: true),
  ResNetFile(
    name: "resnet50_keras1_narrow_old_notop.h5", variant: .kerasUnpadded, golden: "keras_old", hasTop: false),
  ResNetFile(
    name: "resnet50_torchvision_narrow.pth", variant: .torchvision, golden: "torchvision", hasTop: true),
]

@Suite(.enabled(if: hasFiles, "golden files not found: set GRAFT_TEST_DATA"))
struct PublishedNetworkTests {
  @Test(arguments: resNetFiles)
  private func resNet50MatchesStageByStage(_ file: ResNetFile) throws {
    let golden = try NPZFile(contentsOf: TestData.url("golden/resnet50_keras_narrow.npz"))
    let encoder = try ResNet.resNet50(weights: file.source, width: 8)
    #expect(encoder.variant == file.variant)
    let top = file.hasTop ? try ResNet.classifier(.resNet50, weights: file.source, width: 8).top : nil
    for size in ["even", "odd"] {
      let input = try golden.tensor(named: "input_\(size)")
      func expect(_ ours: Tensor, _ name: String) throws -> Bool {
        let name = "\(file.golden)/\(size)/\(name)"
        guard golden.names.contains(name) else { return false }
        expectClose(ours, try golden.tensor(named: name), within: 1e-4, "\(file.name) \(name)")
        return true
      }
      let count = try encoder.stages.count {
        try expect(encoder.features(of: input, from: nil, through: $0.name, .inference), $0.name)
      }
      #expect(count == (size == "even" ? 5 : 1))
      let pool = try #require(FeatureTap(encoder, layer: "conv2_pool")).features(of: input)
      #expect(try expect(pool, "pool1"))
      guard let top else { continue }
      #expect(try expect(top(encoder(input, .inference), .inference), "logits"))
    }
  }

  @Test(
    arguments: [VGG.Depth.vgg16, .vgg19],
    [
      "keras.h5", "torchvision.safetensors", "torchvision.pth", "torchvision_old.pth",
    ])
  func vggWithItsTopMatches(_ depth: VGG.Depth, _ kind: String) throws {
    try expectLogits(of: depth, in: kind)
  }

  /// Only VGG16 is there as npz.
  @Test func vggInAnArchiveOfArraysMatches() throws { try expectLogits(of: .vgg16, in: "torchvision.npz") }

  private func expectLogits(of depth: VGG.Depth, in kind: String) throws {
    let golden = try NPZFile(contentsOf: TestData.url("golden/vgg_narrow.npz"))
    let file = TestData.url("golden/\(depth.rawValue)_narrow_\(kind)")
    let network = try VGG.classifier(depth, weights: .file(file), width: 4)
    let logits = network(try golden.tensor(named: "input"), .inference)
    expectClose(logits, try golden.tensor(named: "\(depth)/logits"), within: 1e-4, "logits")
    expectClose(
      softmax(logits), try golden.tensor(named: "\(depth)/predictions"), within: 1e-4, "predictions")
    #expect(network.encoder.preprocessing.width == 64)
  }
}

// MARK: Parameter counts

private struct Counts: Decodable {
  let trainable: Int
  let stages: [String: Stage]

  struct Stage: Decodable {
    let trainable: Int
  }

  private enum CodingKeys: String, CodingKey {
    case trainable
    case stages = "per_stage"
  }
}

@Test(
  .enabled(if: TestData.has("golden/parameter_counts.json"), "golden files not found: set GRAFT_TEST_DATA"))
func fullSizesHaveThePublishedParameterCounts() throws {
  let data = try Data(contentsOf: TestData.url("golden/parameter_counts.json"))
  let json = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  // Nothing is drawn before it is asked for, so that these cost no memory.
  let networks: [(name: String, encoder: any ImageEncoder, top: any Module)] = [
    ("keras2/VGG16/top", VGG(.vgg16), VGG.top()), ("keras3/VGG19/top", VGG(.vgg19), VGG.top()),
    ("torchvision/vgg16", VGG(.vgg16), VGG.top()), ("torchvision/vgg19", VGG(.vgg19), VGG.top()),
    ("keras2/ResNet50/top", ResNet(.resNet50, variant: .kerasUnpadded), ResNet.top(inputs: 2048)),
    ("keras3/ResNet50/top", ResNet(.resNet50, variant: .keras), ResNet.top(inputs: 2048)),
    ("torchvision/resnet50", ResNet(.resNet50, variant: .torchvision), ResNet.top(inputs: 2048)),
  ]
  for (name, encoder, top) in networks {
    let entry = try #require(json[name], "\(name)")
    let counts = try JSONDecoder().decode(
      Counts.self, from: JSONSerialization.data(withJSONObject: entry))
    #expect(encoder.parameterCount + top.parameterCount == counts.trainable, "\(name)")
    for (stage, part) in zip(encoder.stages, encoder.members) {
      guard case .layer(let layer) = part.kind else { continue }
      #expect(layer.parameterCount == counts.stages[stage.name]?.trainable, "\(name) \(stage.name)")
    }
    #expect(top.parameterCount == counts.stages["top"]?.trainable, "\(name)")
  }
}
