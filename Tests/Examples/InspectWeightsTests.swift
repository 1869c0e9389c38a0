import Foundation
import GraftFiles
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private let example = "inspect-weights"

/// What `--json` prints.
private struct Output: Decodable {
  struct Entry: Decodable {
    let name, dtype: String
    let shape: [Int]
    let mean, standardDeviation, minimum, maximum: Double?
  }

  let tensors: [Entry]
}

private func inspect(_ file: URL, in folder: URL) throws -> Output {
  let result = try run(example, [file.path, "--json"], in: folder)
  #expect(result.status == 0, "\(result.output)")
  return try JSONDecoder().decode(Output.self, from: Data(result.output.utf8))
}

@Suite(.long) struct InspectWeightsTests {
  @Test func describesTheTensorsOfEveryFormat() throws {
    try withTemporaryFolder { folder in
      let cases = [
        (
          "safetensors/f64.safetensors", "safetensors/expected.npz", "f64/conv.kernel", "conv.kernel",
          "float64"
        ),
        ("pytorch/types.pth", "pytorch/expected.npz", "types.pth/float16", "float16", "float16"),
        ("pytorch/views_old.pth", "pytorch/expected.npz", "views_old.pth/permuted", "permuted", "float32"),
        ("npz/types_deflated.npz", "npz/types_deflated.npz", "i8_big", "i8_big", "int64"),
      ]
      for (path, expectedPath, expectedName, name, type) in cases {
        let entries = try inspect(Golden.folder.appendingPathComponent(path), in: folder).tensors
        let entry = try #require(entries.first { $0.name == name })
        let array = try NPZFile(contentsOf: Golden.folder.appendingPathComponent(expectedPath))
          .array(named: expectedName)
        let numbers = try array.doubles
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
        #expect(entry.shape == array.shape.dimensions && entry.dtype == type)
        #expect(entry.minimum == numbers.min() && entry.maximum == numbers.max())
        expectClose(try #require(entry.mean), mean, within: 1e-12, name)
        expectClose(
          try #require(entry.standardDeviation), (squares / Double(numbers.count)).squareRoot(),
          within: 1e-12, name)
      }
    }
  }

  @Test func theOutputIsStable() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("small.safetensors")
      try SafetensorsFile.write(
        [
          ("b/kernel", Tensor(shape: [1, 2], scalars: [1, 3])),
          ("a", Tensor(shape: [2], scalars: [.nan, .infinity])),
        ],
        to: file)
      let result = try run(example, [file.path, "--json"], in: folder)
      #expect(
        result.output == """
          {"tensors": [
          {"dtype":"float32","maximum":3,"mean":2,"minimum":1,"name":"b/kernel","shape":[1,2],"standardDeviation":1},
          {"dtype":"float32","maximum":null,"mean":null,"minimum":null,"name":"a","shape":[2],"standardDeviation":null}
          ]}

          """)
      let table = try run(example, [file.path], in: folder)
      #expect(table.status == 0)
      #expect(table.output.contains("safetensors, 2 tensors, 4 numbers"), "\(table.output)")
      #expect(
        table.output.contains("b/kernel  1×2    float32     2          1        1        3"),
        "\(table.output)")
    }
  }

  @Test func numbersOfTypesThatAreNotReadAreNull() throws {
    try withTemporaryFolder { folder in
      let entries = try inspect(Golden.folder.appendingPathComponent("pytorch/exotic.pth"), in: folder)
        .tensors
      #expect(entries.map(\.dtype) == ["complex64", "float8_e4m3fn"])
      #expect(entries.allSatisfy { $0.mean == nil && $0.shape == [2] })
    }
  }

  @Test(arguments: WeightFormat.allCases) func convertsTensorsUnchanged(_ format: WeightFormat) throws {
    try withTemporaryFolder { folder in
      // Kernels of PyTorch are nothing that Keras could read.
      let name = format == .kerasHDF5 ? "keras/cnn_batch_norm.weights.h5" : "pytorch/views.pth"
      let source = Golden.folder.appendingPathComponent(name)
      let file = folder.appendingPathComponent("converted.\(format.rawValue)")
      let result = try run(example, [source.path, "--convert", file.path], in: folder)
      #expect(result.status == 0, "\(result.output)")
      let (original, converted) = (try openWeightFile(at: source), try openWeightFile(at: file))
      #expect(result.output.contains("\(original.names.count) tensors"), "\(result.output)")
      #expect(converted.names == original.names)
      for name in original.names {
        expectClose(try converted.tensor(named: name), try original.tensor(named: name), within: 0, name)
      }
      let json = try run(example, [source.path, "--json", "--overwrite", "--convert", file.path], in: folder)
      #expect(
        json.status == 0 && json.output.contains("\"tensors\":\(original.names.count)")
          && json.output.hasPrefix("{\"file\":"), "\(json.output)")
      if format == .safetensors {
        let card = ModelCard(metadata: converted.metadata)
        #expect(card.source == "views.pth")
        #expect(try card.sourceDigest == SHA256.digest(of: source))
      }
    }
  }

  @Test func tensorsOfPyTorchAndCaffeAreNotWrittenForKeras() throws {
    try withTemporaryFolder { folder in
      for source in ["pytorch/checkpoint.pth", "pytorch/views.pth", "vgg_face/v1.caffemodel"] {
        let file = folder.appendingPathComponent("out.h5")
        let result = try run(
          example, [Golden.folder.appendingPathComponent(source).path, "--convert", file.path], in: folder)
        #expect(
          result.status == 1 && result.output.contains("Write .safetensors or .npz."), "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: file.path))
      }
    }
  }

  @Test func whatIsLeftOutIsSaid() throws {
    try withTemporaryFolder { folder in
      let file = Golden.folder.appendingPathComponent("pytorch/objects.pth").path
      let table = try run(example, [file], in: folder)
      #expect(
        table.status == 0 && table.output.contains("Left out: args of the class argparse.Namespace"),
        "\(table.output)")
      let json = try run(example, [file, "--json"], in: folder)
      #expect(json.status == 0 && json.output.contains("\"notes\": [\"Left out: "), "\(json.output)")
      let keras = try run(
        example, [Golden.folder.appendingPathComponent("keras/top_level.h5").path], in: folder)
      #expect(keras.output.contains("top_level_model_weights/class_token:0"), "\(keras.output)")
    }
  }

  @Test func filesOfCaffeThatBelongToWeightsAreShown() throws {
    try withTemporaryFolder { folder in
      let prototxt = Golden.folder.appendingPathComponent("vgg_face/deploy.prototxt").path
      let network = try run(example, [prototxt], in: folder)
      #expect(
        network.status == 0 && network.output.contains("no weights") && network.output.contains("conv5_3"),
        "\(network.output)")
      let json = try run(example, [prototxt, "--json"], in: folder)
      #expect(json.status == 0 && json.output.contains("\"layers\":["), "\(json.output)")
      let mean = try inspect(Golden.folder.appendingPathComponent("caffe/mean.binaryproto"), in: folder)
        .tensors
      #expect(mean.map(\.name) == ["mean"] && mean[0].dtype.hasPrefix("float"))
    }
  }

  @Test func failuresAndWrongUseHaveTheirOwnStatus() throws {
    try withTemporaryFolder { folder in
      let broken = try run(
        example, [Golden.folder.appendingPathComponent("broken/pickle_os_system.pth").path, "--json"],
        in: folder)
      #expect(broken.status == 1 && broken.output.contains("posix.system"), "\(broken.output)")
      let missing = try run(example, [folder.appendingPathComponent("nothing.pth").path], in: folder)
      #expect(missing.status == 1 && missing.output.contains("nothing.pth"), "\(missing.output)")
      let sound = Golden.folder.appendingPathComponent("pytorch/views.pth").path
      let ending = try run(example, [sound, "--convert", "weights.onnx"], in: folder)
      #expect(
        ending.status == 64 && ending.output.contains(".safetensors or .npz or .h5"), "\(ending.output)")
      let misuse = try run(example, [], in: folder)
      #expect(misuse.status == 64 && misuse.output.lowercased().contains("usage:"), "\(misuse.output)")
    }
  }
}
