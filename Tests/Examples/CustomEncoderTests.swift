import Foundation
import GraftStudy
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private let example = "custom-encoder"

@Suite(.long) struct CustomEncoderTests {
  private func arguments(_ output: URL) -> [String] {
    [
      "--faces", "20", "--masked-faces", "20", "--epochs", "1", "--shapes", "24", "--output", output.path,
    ]
  }

  /// The weights that the example made, under the names that PyTorch would give them, and in its orders.
  private func writePublishedWeights(of file: URL, to published: URL) throws {
    let own = try openWeightFile(at: file)
    let tensors = try own.names.map { name -> (name: String, tensor: Tensor) in
      let tensor = try own.tensor(named: name)
      let parts = name.split(separator: ".")
      let half = parts.contains("refine") ? 1 : 0
      let number = (parts.first?.last?.wholeNumberValue ?? 0) - 2
      let module =
        number < 0 ? "stem" : "layers.\(number).\(half).\(parts[2])"
      switch parts.last {
      case "kernel": return ("\(module).0.weight", tensor.transposed([3, 2, 0, 1]).rowMajor)
      case "gamma": return ("\(module).1.weight", tensor)
      case "beta": return ("\(module).1.bias", tensor)
      case "mean": return ("\(module).1.running_mean", tensor)
      default: return ("\(module).1.running_var", tensor)
      }
    }
    try SafetensorsFile.write(tensors, to: published)
  }

  @Test func theStudyRunsUnchangedWithAnEncoderOfOnesOwn() throws {
    try withTemporaryFolder { folder in
      let output = folder.appendingPathComponent("out")
      let first = try run(example, arguments(output), in: folder)
      #expect(first.status == 0, "\(first.output)")
      #expect(first.output.contains("MobileFace on shapes: accuracy 0."))
      #expect(first.output.contains("guessing gives 0.08") && first.output.contains("read back, finds"))
      let results = try #require(
        try FaceSegmentationResults(contentsOf: output.appendingPathComponent("results.json")))
      let encoder = try #require(results.encoders["mobile-face"])
      #expect(encoder.decoders.count == 8 && encoder.gender != nil)
      #expect(encoder.encoderDigest?.control != encoder.encoderDigest?.gender)

      // The same weights from a file of its authors give the same study.
      let published = folder.appendingPathComponent("mobile-face.safetensors")
      try writePublishedWeights(of: output.appendingPathComponent("mobile-face.safetensors"), to: published)
      let other = folder.appendingPathComponent("other")
      let second = try run(example, arguments(other) + ["--weights", published.path], in: folder)
      #expect(second.status == 0 && !second.output.contains("on shapes"), "\(second.output)")
      let again = try #require(
        try FaceSegmentationResults(contentsOf: other.appendingPathComponent("results.json")))
      #expect(again.encoders == results.encoders)
    }
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("other.safetensors")
      try SafetensorsFile.write([("fc.weight", Tensor(zeros: [2, 2]))], to: file)
      let output = folder.appendingPathComponent("out")
      let refused = try run(example, arguments(output) + ["--weights", file.path], in: folder)
      #expect(refused.status == 1 && refused.output.contains("MobileFace (PyTorch)"), "\(refused.output)")
      let few = try run(example, ["--faces", "3"], in: folder)
      #expect(few.status == 64 && few.output.contains("At least 20 faces"), "\(few.output)")
    }
  }
}
