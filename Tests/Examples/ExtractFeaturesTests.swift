import Foundation
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

private let example = "extract-features"

@Suite struct ExtractFeaturesTests {
  @Test func writesTheFeaturesThatTheLibraryComputes() throws {
    try withTemporaryFolder { folder in
      let encoder = VGG(.vgg19)
      let weights = folder.appendingPathComponent("vgg19.safetensors")
      try encoder.write(to: weights)
      let pictures = ["kodim.png", "Größe.png"].enumerated().map { index, name in
        let pixels = (0..<40 * 30 * 3).map { UInt8(($0 * (7 + index)) % 251) }
        return (name: name, picture: Picture(width: 40, height: 30, channels: 3, pixels: pixels))
      }
      for (name, picture) in pictures { try picture.write(toPNG: folder.appendingPathComponent(name)) }
      let output = folder.appendingPathComponent("features.npz")
      let arguments = ["--encoder", "vgg19", "--weights", weights.path, "--layer", "block5_pool"]
      let result = try run(
        example,
        arguments + ["--preprocessing", "caffe", "--output", output.path]
          + pictures.map { folder.appendingPathComponent($0.name).path }, in: folder)
      #expect(result.status == 0, "\(result.output)")
      let file = try NPZFile(contentsOf: output)
      let features = try file.tensor(named: "features")
      #expect(features.shape == [2, 7, 7, 512])
      expectClose(
        features, encoder.features(of: pictures.map(\.picture), through: "block5"), within: 0, "features")
      #expect(try file.array(named: "names").strings == pictures.map(\.name))
    }
  }

  @Test func mistakesAreNamed() throws {
    try withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("vgg16.safetensors")
      try VGG(.vgg16).write(to: weights)
      try folder.write("no picture", to: "note.png")
      func extract(_ layer: String, encoder: String = "vgg16") throws -> (status: Int32, output: String) {
        try run(
          example,
          [
            "--encoder", encoder, "--weights", weights.path, "--layer", layer, "--output",
            folder.appendingPathComponent("f.npz").path, folder.appendingPathComponent("note.png").path,
          ], in: folder)
      }
      let wrongLayer = try extract("block6_pool")
      #expect(wrongLayer.status == 64 && wrongLayer.output.contains("block5_pool"), "\(wrongLayer.output)")
      let wrongPicture = try extract("block5_pool")
      #expect(wrongPicture.status == 1 && wrongPicture.output.contains("note.png"), "\(wrongPicture.output)")
      let wrongNetwork = try extract("block5_pool", encoder: "vgg19")
      #expect(
        wrongNetwork.status == 1 && wrongNetwork.output.contains("its weights belong to VGG16"),
        "\(wrongNetwork.output)")
    }
  }
}
