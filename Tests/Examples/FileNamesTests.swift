import Foundation
import GraftFiles
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

/// Every file that exists can be named, and every legal name can be written.
@Suite(.long) struct FileNamesTests {
  private static let names: [[UInt8]] = [
    Array("two words .jpg".utf8), Array("100%25 #1?.jpg".utf8), Array("a%20b.jpg".utf8),
    Array("-dash.jpg".utf8),
    Array("--dash.jpg".utf8), Array("line\nbreak.jpg".utf8), Array("caf\u{e9}.jpg".utf8),
    Array("cafe\u{301}.jpg".utf8), [0x6d, 0x61, 0xf1] + Array("ana.jpg".utf8),
    [0x6d, 0x61, 0xf2] + Array("ana.jpg".utf8),
    [UInt8](repeating: 0x78, count: 251) + Array(".jpg".utf8),
    Array(String(repeating: "\u{e9}", count: 125).utf8) + Array(".jpg ".utf8).prefix(4),
  ]

  private func writePictures(to folder: URL) throws {
    for (number, name) in Self.names.enumerated() {
      let picture = Picture(width: 2, height: 1, channels: 1, pixels: [UInt8(number), 100])
      try AtomicFile.write(picture.encodedPNG(), to: folder.appending(FileName(name)))
    }
  }

  @Test func everyNameCanBeGivenAsAnArgument() throws {
    try withTemporaryFolder { folder in
      try writePictures(to: folder.appendingPathComponent("in"))
      let result = try run(
        "extract-features", byShell: #"exec "$program" --encoder small --output f.npz in/*"#, in: folder)
      #expect(result.status == 0, "\(result.output)")
      let file = try NPZFile(contentsOf: folder.appendingPathComponent("f.npz"))
      #expect(try file.tensor(named: "features").shape[0] == Self.names.count)
      let names = try file.array(named: "names").strings
      #expect(Set(names.map { Array($0.utf8) }).count == Self.names.count)
      #expect(names.contains("ma\\xF1ana.jpg"))

      let output = try run(
        "extract-features",
        byShell:
          #"exec "$program" --encoder small --output "$(printf 'o\361.npz')" "$(printf 'in/ma\361ana.jpg')""#,
        in: folder)
      #expect(output.status == 0 && output.output.contains("o\\xF1.npz"), "\(output.output)")
      #expect(FileSystem.kind(of: folder.appending(FileName([0x6f, 0xf1] + Array(".npz".utf8)))) == .file)
      let missing = try run(
        "extract-features", byShell: #"exec "$program" --encoder small --output g.npz "$(printf 'no\361')""#,
        in: folder)
      #expect(
        missing.status == 1 && missing.output.contains("no\\xF1: could not open it"), "\(missing.output)")
    }
  }

  @Test func everyPictureOfAFolderGetsItsMask() throws {
    try withTemporaryFolder { folder in
      try writePictures(to: folder.appendingPathComponent("in"))
      try SegmentationNetwork(encoder: try VGG.small(), random: RandomStream(seed: 6))
        .write(to: folder.appendingPathComponent("model.safetensors"))
      let result = try run(
        "segment-faces", ["--model", "model.safetensors", "--output", "100% #2?", "in"], in: folder)
      #expect(result.status == 0, "\(result.output)")
      let masks = try FileSystem.names(in: folder.appending(FileName("100% #2?")))
        .filter { $0.bytes.suffix(9).elementsEqual("-mask.png".utf8) }
      #expect(masks.count == Self.names.count)
    }
  }

  @Test func aNameThatLooksLikeOptionsIsExplained() throws {
    try withTemporaryFolder { folder in
      try writePictures(to: folder)
      func extract(_ arguments: String...) throws -> (status: Int32, output: String) {
        try run("extract-features", ["--encoder", "small", "--output", "f.npz"] + arguments, in: folder)
      }
      let bare = try extract("-dash.jpg")
      #expect(bare.status == 64, "\(bare.output)")
      #expect(bare.output.contains("write ./-dash.jpg, or put -- before the names"), "\(bare.output)")
      #expect(try extract("--dash.jpg").status == 64)
      #expect(try extract("./-dash.jpg").status == 0)
      #expect(try extract("--", "-dash.jpg", "--dash.jpg").status == 0)
      for program in [
        "classify-image", "segment-faces", "inspect-weights", "evaluate-segmentation", "custom-encoder",
        "pretrain-small-encoder", "face-segmentation-study",
      ] {
        let result = try run(program, ["-hash.jpg"], in: folder)
        #expect(result.status == 64 && result.output.contains("./-hash.jpg"), "\(result.output)")
        #expect(try run(program, ["-h"], in: folder).status == 0)
      }
      // A number below zero is a number.
      let negative = try run("pretrain-small-encoder", ["--epochs", "-3"], in: folder)
      #expect(negative.status == 64 && negative.output.contains("epochs from 2"), "\(negative.output)")
    }
  }

  @Test(arguments: [230, 240, 250, 255]) func aLegalNameOfAnyLengthCanBeWritten(length: Int) throws {
    try withTemporaryFolder { folder in
      try SafetensorsFile.write(
        [("a", Tensor(shape: [1], scalars: [1]))], to: folder.appendingPathComponent("w.safetensors"))
      let name = String(repeating: "x", count: length - 12) + ".safetensors"
      let result = try run("inspect-weights", ["w.safetensors", "--convert", name], in: folder)
      #expect(result.status == 0, "\(result.output)")
      #expect(try FileSystem.names(in: folder).contains(FileName(name)))
      let longer = try run(
        "inspect-weights", ["w.safetensors", "--convert", String(repeating: "y", count: 245) + name],
        in: folder)
      #expect(longer.status == 1 && longer.output.contains("shorter name"), "\(longer.output)")
    }
  }
}
