import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

/// Heads in files of their own, on an encoder in another.
struct SharedEncoderTests {
  private func network(seed: UInt64 = 3) throws -> SegmentationNetwork {
    SegmentationNetwork(encoder: try VGG.small(), random: RandomStream(seed: seed))
  }

  private func writeEncoder(of network: SegmentationNetwork, to file: URL) throws {
    var card = ModelCard()
    card.encoderDigest = network.encoder.digest(through: network.encoder.lastStage.name)
    try network.encoder.write(to: file, metadata: card.metadata)
  }

  @Test func aHeadIsReadWithTheEncoderBesideIt() throws {
    try withTemporaryFolder { folder in
      func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
      let network = try network()
      try network.write(to: file("whole.safetensors"))
      try writeEncoder(of: network, to: file("encoder.safetensors"))
      try network.write(to: file("head.safetensors"), sharingEncoderOf: "encoder.safetensors")
      let sizes = try ["whole", "encoder", "head"].map {
        try Data(contentsOf: file("\($0).safetensors")).count
      }
      #expect(sizes[2] < sizes[0] / 5 && sizes[1] + sizes[2] < sizes[0] + 10_000)

      let whole = network.state.mapValues(\.scalars)
      let read = try SegmentationNetwork(contentsOf: file("head.safetensors"))
      #expect(read.state.mapValues(\.scalars) == whole)
      let other = try self.network(seed: 4)
      try other.read(from: file("head.safetensors"))
      #expect(other.state.mapValues(\.scalars) == whole)
      // Another network whose encoder is below its own name.
      let classifier = ClassificationNetwork(encoder: network.encoder, head: .linear(classes: 2))
      var card = ModelCard()
      card.encoderDigest = network.encoder.digest(through: network.encoder.lastStage.name)
      try classifier.write(to: file("classifier.safetensors"), metadata: card.metadata)
      try network.write(to: file("head.safetensors"), sharingEncoderOf: "classifier.safetensors")
      #expect(
        try SegmentationNetwork(contentsOf: file("head.safetensors")).state.mapValues(\.scalars) == whole)

      // Written in one file, it stands alone.
      try openWeightFile(at: file("head.safetensors")).write(as: .safetensors, to: file("copy.safetensors"))
      for name in ["encoder", "classifier", "head"] {
        try FileManager.default.removeItem(at: file("\(name).safetensors"))
      }
      #expect(
        try SegmentationNetwork(contentsOf: file("copy.safetensors")).state.mapValues(\.scalars) == whole)
    }
  }

  @Test func aHeadWithoutItsEncoderSaysSo() throws {
    try withTemporaryFolder { folder in
      func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
      let network = try network()
      func problem(sharing name: String) throws -> String {
        try network.write(to: file("head.safetensors"), sharingEncoderOf: name)
        let error = #expect(throws: WeightFileError.self) {
          try SegmentationNetwork(contentsOf: file("head.safetensors"))
        }
        return error.map { "\($0)" } ?? ""
      }
      #expect(
        try problem(sharing: "gone.safetensors").contains(
          "there is no such file beside it that can be read. Bring"))
      try writeEncoder(of: network, to: file("encoder.safetensors"))
      // A path could lead anywhere.
      for path in ["../encoder.safetensors", file("encoder.safetensors").path, "..", "", "head.safetensors"] {
        #expect(
          try problem(sharing: path).contains("is not the name of another file in the same folder"), "\(path)"
        )
      }
      let changed = SegmentationNetwork(encoder: VGG(.vgg16, width: 2), random: RandomStream(seed: 1))
      try writeEncoder(of: changed, to: file("other.safetensors"))
      #expect(try problem(sharing: "other.safetensors").contains("holds a different encoder from the one"))
      // A file that again has its encoder elsewhere.
      try network.write(to: file("chain.safetensors"), sharingEncoderOf: "encoder.safetensors")
      #expect(try problem(sharing: "chain.safetensors").contains("holds a different encoder from the one"))
    }
  }
}
