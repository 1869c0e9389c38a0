import Foundation
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Files of others, whose tensors were noted by the libraries that they were made for.
private let files = [
  "silero-vad/silero_vad_16k.safetensors", "dists/weights.pt", "facenet-pytorch/pnet.pt",
  "facenet-pytorch/rnet.pt",
  "laion-aesthetic/sa_0_4_vit_b_32_linear.pth", "lpips/lpips_v0.1_alex.pth", "lpips/lpips_v0.1_squeeze.pth",
  "lpips/lpips_v0.1_vgg.pth", "ultraface/version-RFB-320.pth", "zero-dce/zero_dce_pp_Epoch99.pth",
  "mtcnn-npy/mtcnn_weights.npy",
]

@Test(.enabled(if: hasRealWeights, "real data not found: set GRAFT_TEST_DATA"), arguments: files)
func realFilesAgreeWithTheirManifest(_ name: String) throws {
  struct Description: Decodable {
    struct Summary: Decodable {
      let shape: [Int]
      let sum: Double
      let first: [Float]
    }
    let tensors: [String: Summary]?
  }
  let manifest = try JSONDecoder().decode(
    [String: Description].self, from: Data(contentsOf: realWeights.appendingPathComponent("manifest.json")))
  let path = "small/\(name)"
  let expected = try #require(manifest[path]?.tensors)
  let file = try openWeightFile(at: realWeights.appendingPathComponent(path))
  #expect(file.names.count == expected.count)
  #expect(Set(file.names) == Set(expected.keys))
  for (name, summary) in expected {
    let tensor = try file.tensor(named: name)
    #expect(tensor.shape.dimensions == summary.shape)
    #expect(tensor.scalars.starts(with: summary.first))
    let magnitude = tensor.scalars.reduce(0) { $0 + abs(Double($1)) }
    #expect(abs(tensor.scalars.reduce(0) { $0 + Double($1) } - summary.sum) <= 1e-9 * magnitude)
  }
}

@Test(
  .enabled(
    if: TestData.has("golden/vgg16_narrow_torchvision.pth"), "golden networks not found: set GRAFT_TEST_DATA"),
  arguments: ["vgg16_narrow_torchvision", "vgg19_narrow_torchvision"])
func aNetworkIsTheSameInEveryContainer(_ name: String) throws {
  let reference = try SafetensorsFile(contentsOf: TestData.url("golden/\(name).safetensors"))
  for container in ["\(name).pth", "\(name)_old.pth"] {
    let file = try PyTorchFile(contentsOf: TestData.url("golden/\(container)"))
    #expect(Set(file.names) == Set(reference.names))
    for name in file.names {
      let (own, wanted) = (try file.tensor(named: name), try reference.tensor(named: name))
      #expect(own.shape == wanted.shape && own.scalars == wanted.scalars, "\(container): \(name)")
    }
  }
}

@Test(
  .enabled(
    if: TestData.has("golden/resnet50_torchvision_narrow.pth"),
    "golden networks not found: set GRAFT_TEST_DATA"))
func aResNetHasItsCountersToo() throws {
  let file = try PyTorchFile(contentsOf: TestData.url("golden/resnet50_torchvision_narrow.pth"))
  #expect(file.names.count == 320)
  #expect(file.names.filter { file.storedType(of: $0) == "int64" }.count == 53)
  #expect(file.names.filter { $0.hasSuffix("num_batches_tracked") }.count == 53)
  #expect(try file.tensor(named: "bn1.num_batches_tracked").shape == [])
}

@Test(
  .enabled(if: TestData.has("golden/broken/deep_pickle.pth"), "broken files not found: set GRAFT_TEST_DATA"))
func aPickleOfDeepListsIsRefused() {
  let text = message { _ = try openWeightFile(at: TestData.url("golden/broken/deep_pickle.pth")) }
  #expect(
    text?.contains("0x6c is no opcode that files of weights use") == true, "\(text ?? "it was accepted")")
}

@Test(
  .enabled(if: hasRealWeights, "real data not found: set GRAFT_TEST_DATA"),
  arguments: ["mtcnn-onnx/pnet.onnx", "mtcnn-onnx/rnet.onnx", "ultraface/version-RFB-320_simplified.onnx"])
func networksOfONNXAreRefusedByName(_ path: String) {
  let text = message { _ = try openWeightFile(at: realWeights.appendingPathComponent("small/\(path)")) }
  #expect(text?.contains("this is an ONNX model") == true, "\(text ?? "it was accepted")")
}
