import Foundation
import GraftTensor
import GraftWeights
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
