import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

private let example = "extract-features"

@Suite(.long) struct ExtractFeaturesTests {
  @Test func writesTheFeaturesThatTheLibraryComputes() throws {
    try withTemporaryFolder { folder in
      let encoder = VGG(.vgg11)
      let weights = folder.appendingPathComponent("vgg11.safetensors")
      try encoder.write(to: weights)
      let pictures = ["kodim.png", "Größe.png"].enumerated().map { index, name in
        let pixels = (0..<40 * 30 * 3).map { UInt8(($0 * (7 + index)) % 251) }
        return (name: name, picture: Picture(width: 40, height: 30, channels: 3, pixels: pixels))
      }
      for (name, picture) in pictures { try picture.write(toPNG: folder.appendingPathComponent(name)) }
      func extract(_ names: [String], _ options: [String] = []) throws -> Tensor {
        let output = folder.appendingPathComponent("features.npz")
        let result = try run(
          example,
          ["--encoder", "vgg11", "--weights", weights.path, "--layer", "block5_pool"]
            + ["--preprocessing", "caffe", "--output", output.path] + options
            + names.map { folder.appendingPathComponent($0).path }, in: folder)
        #expect(result.status == 0, "\(result.output)")
        let saysFloat32 = options.contains("--bfloat16") && !ComputeEnvironment.hasBFloat16
        #expect(result.output.contains("computing in float32") == saysFloat32)
        let file = try NPZFile(contentsOf: output)
        #expect(try file.array(named: "names").strings == names)
        return try file.tensor(named: "features")
      }
      let both = try extract(pictures.map(\.name))
      #expect(both.shape == [2, 7, 7, 512])
      let alone = try pictures.map { try extract([$0.name]) }
      expectClose(both, Tensor.concatenated(alone, alongAxis: 0), within: 0, "features of each picture alone")
      var context = Context.inference
      for algorithm in [ConvolutionAlgorithm.portableWinograd, .direct, .winograd] {
        context.convolutionAlgorithm = algorithm
        let expected = encoder.features(of: pictures.map(\.picture), through: "block5", context)
        let features = try extract(pictures.map(\.name), ["--convolutions", algorithm.rawValue])
        expectClose(features, expected, within: 0, algorithm.rawValue)
        if algorithm == .portableWinograd { expectClose(both, expected, within: 0, "default") }
      }
      // Which algorithm is the fastest depends on what else the machine does.
      let fastest = try extract(pictures.map(\.name), ["--convolutions", "fastest"])
      expectClose(fastest, both, within: 1e-5, "fastest")
      // VGG's Winograd stays in float32; the first layer, of three channels, too.
      let narrow = try extract(pictures.map(\.name), ["--bfloat16"])
      expectClose(narrow, both, within: 0, "bfloat16 allowed")
    }
  }

  @Test func theSmallEncoderNeedsNoWeightsAndTheOthersAreLookedFor() throws {
    try withTemporaryFolder { folder in
      let picture = Picture(width: 2, height: 1, channels: 3, pixels: [0, 50, 100, 150, 200, 250])
      try picture.write(toPNG: folder.appendingPathComponent("two.png"))
      let output = folder.appendingPathComponent("features.npz")
      func extract(_ options: String...) throws -> (status: Int32, output: String) {
        try run(
          example, options + ["--output", output.path, folder.appendingPathComponent("two.png").path],
          in: folder)
      }
      let small = try extract("--encoder", "small")
      #expect(small.status == 0, "\(small.output)")
      var context = Context.inference
      context.convolutionAlgorithm = .portableWinograd
      expectClose(
        try NPZFile(contentsOf: output).tensor(named: "features"),
        try VGG.small().features(of: [picture], through: "block5", context), within: 0, "small")
      let both = try extract("--encoder", "small", "--weights", "w.h5")
      #expect(both.status == 64 && both.output.contains("has its own"), "\(both.output)")
      let none = try extract("--encoder", "vgg13_bn")
      #expect(
        none.status == 1 && none.output.contains("name the file"),
        "\(none.output)")
    }
  }

  @Test func anyEncodersLastStageIsTheDefaultAndPrefixesAreSaid() throws {
    try withTemporaryFolder { folder in
      let encoder = MobileNetV2(random: RandomStream(seed: 1))
      let own = folder.appendingPathComponent("mobilenet.safetensors")
      try encoder.write(to: own)
      let picture = Picture(width: 2, height: 1, channels: 3, pixels: [0, 50, 100, 150, 200, 250])
      let image = folder.appendingPathComponent("two.png")
      try picture.write(toPNG: image)
      let output = folder.appendingPathComponent("features.npz")
      func extract(_ name: String, _ weights: URL) throws -> (status: Int32, output: String) {
        try run(
          example, ["--encoder", name, "--weights", weights.path, "--output", output.path, image.path],
          in: folder)
      }
      let result = try extract("mobilenet_v2", own)
      #expect(result.status == 0 && result.output.contains("1×7×7×1280"), "\(result.output)")

      // As a training program saves it.
      let tuned = folder.appendingPathComponent("tuned.safetensors")
      try writePublishedVGG11(to: tuned, below: "model.")
      let found = try extract("vgg11", tuned)
      #expect(
        found.status == 0 && found.output.contains("Taken away from the names of its tensors: \"model.\"")
          && found.output.contains("step"), "\(found.output)")
      let wrong = try extract("vgg16", tuned)
      #expect(
        wrong.status == 1 && wrong.output.contains("name it with --encoder vgg11")
          && !wrong.output.contains("VGG.vgg"),
        "\(wrong.output)")
      let help = try run(example, ["--help"], in: folder)
      #expect(help.output.split(separator: "mobilenet_v2").count == 2, "\(help.output)")
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
      #expect(wrongLayer.output.utf8.count < 1000)
      let wrongPicture = try extract("block5_pool")
      #expect(wrongPicture.status == 1 && wrongPicture.output.contains("note.png"), "\(wrongPicture.output)")
      let wrongNetwork = try extract("block5_pool", encoder: "vgg19")
      #expect(
        wrongNetwork.status == 1 && wrongNetwork.output.contains("its weights belong to VGG16"),
        "\(wrongNetwork.output)")
    }
  }

  private func writePicture(_ name: String, in folder: URL) throws {
    try Picture(width: 2, height: 1, channels: 3, pixels: [0, 50, 100, 150, 200, 250])
      .write(toPNG: folder.appendingPathComponent(name))
  }

  @Test func theNameOfTheOutputSaysTheFormat() throws {
    try withTemporaryFolder { folder in
      for name in ["a.png", "b.png"] { try writePicture(name, in: folder) }
      func extract(_ output: String) throws -> (status: Int32, output: String) {
        try run(example, ["--encoder", "small", "--output", output, "a.png", "b.png"], in: folder)
      }
      // Its own file is replaced.
      for name in ["f.npz", "f.safetensors", "f.SafeTensors", "f.safetensors"] {
        let result = try extract(name)
        #expect(result.status == 0, "\(result)")
      }
      let npz = try NPZFile(contentsOf: folder.appendingPathComponent("f.npz"))
      let safetensors = try SafetensorsFile(contentsOf: folder.appendingPathComponent("f.safetensors"))
      #expect(safetensors.names == ["features"] && safetensors.metadata["names"] == #"["a.png","b.png"]"#)
      expectClose(
        try safetensors.tensor(named: "features"), try npz.tensor(named: "features"), within: 0, "features")
      let npy = try extract("f.npy")
      #expect(npy.status == 64 && npy.output.contains("no place for the names of the pictures"), "\(npy)")
      let other = try extract("f.bin")
      #expect(other.status == 64 && other.output.contains("end in .npz or .safetensors"), "\(other)")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("f.npy").path))
      let weights = try run("pretrain-small-encoder", ["--output", "w.npz"], in: folder)
      #expect(weights.status == 64 && weights.output.contains("end in .safetensors"), "\(weights)")
    }
  }

  @Test func aPictureThatCannotBeReadIsNamedAndTheOthersAreDone() throws {
    try withTemporaryFolder { folder in
      for name in ["a.png", "c.png"] { try writePicture(name, in: folder) }
      try folder.write("no picture", to: "b.png")
      func extract(_ names: [String], _ options: String...) throws -> (status: Int32, output: String) {
        try run(example, ["--encoder", "small", "--output", "f.npz"] + options + names, in: folder)
      }
      let all = ["a.png", "b.png", "none.png", "c.png"]
      for (options, status) in [([], 1), (["--on-bad-sample", "skip"], 0)] as [([String], Int32)] {
        let result = try run(
          example, ["--encoder", "small", "--output", "f.npz"] + options + all, in: folder)
        #expect(result.status == status, "\(result)")
        #expect(
          result.output.contains("Left out: b.png: ") && result.output.contains("none.png: could not open it")
        )
        let file = try NPZFile(contentsOf: folder.appendingPathComponent("f.npz"))
        #expect(try file.array(named: "names").strings == ["a.png", "c.png"])
        #expect(try file.tensor(named: "features").shape[0] == 2)
      }
      let none = try extract(["b.png"], "--on-bad-sample", "skip")
      #expect(none.status == 1 && none.output.contains("nothing is written"), "\(none)")
    }
  }
}
