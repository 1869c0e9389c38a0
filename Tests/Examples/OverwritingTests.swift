import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

/// No program replaces a file that it did not make, unless it is told to; and none that it reads in the same call.
@Suite(.long) struct OverwritingTests {
  private func writePictures(_ names: [String], in folder: URL) throws {
    for (number, name) in names.enumerated() {
      try Picture(width: 4, height: 4, channels: 1, pixels: [UInt8](repeating: UInt8(40 * number), count: 16))
        .write(toJPEG: folder.appendingPathComponent(name))
    }
  }

  private func content(_ name: String, in folder: URL) throws -> [UInt8] {
    try Bytes(contentsOf: folder.appendingPathComponent(name)).array
  }

  @Test func extractFeaturesReplacesOnlyItsOwn() throws {
    try withTemporaryFolder { folder in
      try writePictures(["a.jpg", "b.jpg", "c.jpg"], in: folder)
      let before = try ["a.jpg", "b.jpg", "c.jpg"].map { try content($0, in: folder) }
      func extract(_ arguments: String...) throws -> (status: Int32, output: String) {
        try run("extract-features", ["--encoder", "small"] + arguments, in: folder)
      }
      // As a shell takes --output *.jpg.
      let forgotten = try extract("--output", "a.jpg", "b.jpg", "c.jpg")
      #expect(forgotten.status == 64 && forgotten.output.contains("end in .npz or"), "\(forgotten.output)")
      try writePictures(["d.npz"], in: folder)
      let same = try extract("--output", "./d.npz", "d.npz", "b.jpg", "--overwrite")
      #expect(same.status == 64 && same.output.contains("this file is to be read"), "\(same.output)")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/link.npz", withDestinationPath: folder.path + "/b.jpg")
      try FileManager.default.linkItem(atPath: folder.path + "/c.jpg", toPath: folder.path + "/hard.npz")
      for name in ["link.npz", "hard.npz"] {
        let linked = try extract("--output", name, "a.jpg", "b.jpg", "c.jpg", "--overwrite")
        #expect(linked.status == 64 && linked.output.contains("to be read as"), "\(linked.output)")
      }
      #expect(try ["a.jpg", "b.jpg", "c.jpg"].map { try content($0, in: folder) } == before)

      #expect(try extract("--output", "f.npz", "a.jpg").status == 0)
      #expect(try extract("--output", "f.npz", "b.jpg", "c.jpg").status == 0)
      #expect(
        try NPZFile(contentsOf: folder.appendingPathComponent("f.npz")).array(named: "names").strings
          == ["b.jpg", "c.jpg"])
      // An array file of somebody else's, with the same names in it.
      let foreign = folder.appendingPathComponent("foreign.npz")
      try NPZFile.write(
        [("features", .tensor(Tensor(shape: [1], scalars: [1]))), ("names", .strings(["x"]))], to: foreign)
      let kept = try content("foreign.npz", in: folder)
      #expect(try extract("--output", "foreign.npz", "a.jpg").status == 64)
      #expect(try content("foreign.npz", in: folder) == kept)
      #expect(try extract("--output", "foreign.npz", "a.jpg", "--overwrite").status == 0)
      try folder.write("", to: "empty.npz")
      #expect(try extract("--output", "empty.npz", "a.jpg").status == 0)
      try folder.makeFolder("folder.npz")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/device.npz", withDestinationPath: "/dev/null")
      for place in ["folder.npz", "device.npz"] {
        let result = try extract("--output", place, "a.jpg", "--overwrite")
        #expect(
          result.status == 64 && result.output.contains("and a file is to be written"), "\(result.output)")
      }
      #expect(FileSystem.kind(of: URL(fileURLWithPath: "/dev/null")) == .other)
    }
  }

  @Test func segmentFacesReplacesOnlyItsOwn() throws {
    try withTemporaryFolder { folder in
      let model = folder.appendingPathComponent("model.safetensors")
      try SegmentationNetwork(encoder: try VGG.small(), random: RandomStream(seed: 6)).write(to: model)
      try folder.makeFolder("pictures")
      try writePictures(["one.jpg"], in: folder.appendingPathComponent("pictures"))
      func segment(_ arguments: String...) throws -> (status: Int32, output: String) {
        try run("segment-faces", ["--model", model.path] + arguments, in: folder)
      }
      // Beside the pictures, again and again: masks are not taken for pictures.
      for _ in 0..<2 {
        let result = try segment("--output", "pictures", "pictures")
        #expect(result.status == 0 && result.output.contains("1 of 1 pictures"), "\(result.output)")
      }
      let own = Picture(width: 1, height: 1, channels: 1, pixels: [7])
      try own.write(toPNG: folder.appendingPathComponent("pictures/one-mask.png"))
      let refused = try segment("--output", "pictures", "pictures/one.jpg")
      #expect(refused.status == 64 && refused.output.contains("--overwrite"), "\(refused.output)")
      #expect(try Picture(contentsOf: folder.appendingPathComponent("pictures/one-mask.png")) == own)
      #expect(try segment("--output", "pictures", "pictures/one.jpg", "--overwrite").status == 0)
      let replaced = try Bytes(contentsOf: folder.appendingPathComponent("pictures/one-mask.png"))
      #expect(Picture.software(ofPNG: replaced) == "Graft segment-faces")
    }
  }

  @Test func weightFilesAreNeverReplacedUnasked() throws {
    try withTemporaryFolder { folder in
      let source = folder.appendingPathComponent("w.safetensors")
      try SafetensorsFile.write([("a", Tensor(shape: [1], scalars: [1]))], to: source)
      let kept = try content("w.safetensors", in: folder)
      let same = try run(
        "inspect-weights", ["w.safetensors", "--convert", "w.safetensors", "--overwrite"], in: folder)
      #expect(same.status == 64 && same.output.contains("this file is to be read"), "\(same.output)")
      for _ in 0..<2 {
        let result = try run(
          "inspect-weights", ["w.safetensors", "--convert", "out.npz", "--overwrite"], in: folder)
        #expect(result.status == 0, "\(result.output)")
      }
      let refused = try run("inspect-weights", ["w.safetensors", "--convert", "out.npz"], in: folder)
      #expect(refused.status == 64 && refused.output.contains("--convert, or replace"), "\(refused.output)")
      let both = try run("inspect-weights", ["w.safetensors", "--convert", "new.npz", "--json"], in: folder)
      #expect(both.status == 0 && both.output.contains("\"tensors\":1"), "\(both.output)")
      let pretrained = try run("pretrain-small-encoder", ["--output", "w.safetensors"], in: folder)
      #expect(pretrained.status == 64 && pretrained.output.contains("--overwrite"), "\(pretrained.output)")
      #expect(try content("w.safetensors", in: folder) == kept)
    }
  }

  @Test(arguments: ["face-segmentation-study", "custom-encoder"])
  func aStudyKeepsToFoldersOfItsOwn(program: String) throws {
    try withTemporaryFolder { folder in
      try folder.write("my own", to: "out/report.html")
      try folder.write("my own", to: "notes/list.txt")
      let refused = try run(program, ["--output", "out"], in: folder)
      #expect(
        refused.status == 64 && refused.output.contains("out/report.html: this exists"), "\(refused.output)")
      #expect(
        try String(contentsOf: folder.appendingPathComponent("out/report.html"), encoding: .utf8) == "my own")
      #expect(try FileSystem.names(in: folder.appendingPathComponent("out")) == [FileName("report.html")])
    }
  }
}
