import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining
import TestSupport
import Testing

private let example = "segment-faces"

@Suite(.long) struct SegmentFacesTests {
  /// How the example computes.
  private var context: Context {
    var context = Context.inference
    context.convolutionAlgorithm = .portableWinograd
    return context
  }

  private func writeModel(to folder: URL) throws -> (file: URL, network: SegmentationNetwork) {
    let file = folder.appendingPathComponent("model.safetensors")
    let network = SegmentationNetwork(encoder: try VGG.small(), random: RandomStream(seed: 6))
    try network.write(to: file)
    return (file, network)
  }

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func writesWhatTheLibraryPredictsAsLargeAsThePicture() throws {
    try withTemporaryFolder { folder in
      let (model, network) = try writeModel(to: folder)
      let faces = SyntheticFaces(like: .helen, count: 2).masks(.withHair)
      let pictures = folder.appendingPathComponent("pictures")
      try faces[0].picture.value.write(toJPEG: pictures.appendingPathComponent("one.jpg"))
      try faces[1].picture.value.write(toPNG: pictures.appendingPathComponent("two.PNG"))
      try folder.write("no picture", to: "pictures/notes.txt")
      let output = folder.appendingPathComponent("masks")
      let result = try run(
        example, ["--model", model.path, "--output", output.path, pictures.path], in: folder)
      #expect(result.status == 0 && result.output.contains("2 of 2 pictures"), "\(result.output)")
      #expect(result.output.contains("[2/2]"))
      #expect(
        try names(in: output)
          == ["one", "two"].flatMap { name in ["mask", "overlay", "probability"].map { "\(name)-\($0).png" } }
      )
      let picture = try Picture(contentsOf: pictures.appendingPathComponent("two.PNG"))
      let map = network.probabilityMaps(of: [picture], context)[0].scalars
      let mask = try Picture(contentsOf: output.appendingPathComponent("two-mask.png"))
      #expect(mask.width == picture.width && mask.height == picture.height && mask.channels == 1)
      #expect(mask.pixels == map.map { $0 >= 0.5 ? 255 : 0 })
      #expect(Set(mask.pixels).count == 2)
      let probability = try Picture(contentsOf: output.appendingPathComponent("two-probability.png"))
      #expect(probability.pixels == map.map { UInt8((255 * $0).rounded()) })
      let overlay = try Picture(contentsOf: output.appendingPathComponent("two-overlay.png"))
      #expect(overlay == picture.overlaid(with: mask, color: .green, opacity: 0.4))
    }
  }

  @Test func aNameWithALineBreakStaysInItsLine() throws {
    try withTemporaryFolder { folder in
      let (model, _) = try writeModel(to: folder)
      let picture = Picture(width: 4, height: 4, channels: 1, pixels: [UInt8](repeating: 9, count: 16))
      try picture.write(toPNG: folder.appending(FileName("line\nbreak.png")))
      let result = try run(
        example, ["--model", model.path, "--output", "masks", "line\nbreak.png"], in: folder)
      #expect(result.status == 0, "\(result)")
      #expect(!result.output.contains("line\nbreak") && result.output.contains("break-….png"), "\(result)")
    }
  }

  @Test func aDamagedPictureIsNamedAndTheOthersAreDone() throws {
    try withTemporaryFolder { folder in
      let (model, _) = try writeModel(to: folder)
      let picture = try SyntheticFaces(like: .lfw, count: 1).masks(.withHair)[0].picture.value
      let whole = folder.appendingPathComponent("whole.jpg")
      try picture.write(toJPEG: whole)
      let half = folder.appendingPathComponent("half.jpg")
      try Data(try Data(contentsOf: whole).prefix(2000)).write(to: half)
      let output = folder.appendingPathComponent("masks")
      let result = try run(
        example,
        ["--model", model.path, "--output", output.path, half.path, folder.path + "/none.jpg", whole.path],
        in: folder)
      #expect(result.status == 1 && result.output.contains("half.jpg: not done"), "\(result.output)")
      #expect(result.output.contains("none.jpg: not done") && result.output.contains("1 of 3 pictures"))
      #expect(try names(in: output) == ["whole-mask.png", "whole-overlay.png", "whole-probability.png"])
    }
  }

  @Test func noTwoOutputsHaveOneNameAndNoPictureIsReplaced() throws {
    try withTemporaryFolder { folder in
      let (model, _) = try writeModel(to: folder)
      let picture = try SyntheticFaces(like: .celebA, count: 1).masks(.withHair)[0].picture.value
      let paths = ["a/face.jpg", "b/face.png", "b/Face-2.png", "b/face-mask.png"]
      for path in paths { try folder.write(picture, to: path) }
      let output = folder.appendingPathComponent("masks")
      let inputs = paths.map { folder.appendingPathComponent($0).path }
      let result = try run(
        example,
        ["--model", model.path, "--output", output.path] + inputs + [folder.appendingPathComponent("b").path],
        in: folder)
      #expect(result.status == 0 && result.output.contains("4 of 4"), "\(result.output)")
      #expect(try names(in: output).count == 12)
      let here = try run(
        example,
        ["--model", model.path, "--output", folder.path + "/b", folder.path + "/b"], in: folder)
      #expect(here.status == 64 && here.output.contains("would be replaced"), "\(here.output)")
    }
  }

  @Test func mistakesAreNamedAndCtrlCEnds() throws {
    try withTemporaryFolder { folder in
      let (model, network) = try writeModel(to: folder)
      let picture = try SyntheticFaces(like: .celebA, count: 1).masks(.withHair)[0].picture.value
      for index in 0..<400 { try folder.write(picture, to: "many/\(index).ppm") }
      let output = folder.appendingPathComponent("masks")
      func arguments(_ model: URL) -> [String] {
        ["--model", model.path, "--output", output.path, folder.path + "/many"]
      }
      let classifier = folder.appendingPathComponent("gender.safetensors")
      try ClassificationNetwork.gender(network.encoder).write(to: classifier)
      let wrong = try run(example, arguments(classifier), in: folder)
      #expect(wrong.status == 1 && wrong.output.contains("which gives no masks"), "\(wrong.output)")
      try folder.makeFolder("empty")
      let empty = try run(
        example, ["--model", model.path, "--output", output.path, folder.path + "/empty"], in: folder)
      #expect(empty.status == 64 && empty.output.contains("there are no JPEG"), "\(empty.output)")

      let process = try ExampleProcess(example, arguments(model), in: folder)
      process.wait(until: output.appendingPathComponent("1-overlay.png"))
      process.send(SIGINT)
      #expect(process.end() == 130, "\(process.output)")
      #expect(process.output.contains("Stopped after"))
      let written = try names(in: output)
      #expect(written.count.isMultiple(of: 3) && written.count < 1200)
    }
  }
}
