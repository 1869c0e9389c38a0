import Foundation
import GraftDatasets
import GraftImages
import TestSupport
import Testing

/// What becomes of a program whose streams take nothing.
@Suite(.long, .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full here"))
struct StandardStreamsTests {
  private let weights = Golden.folder.appendingPathComponent("safetensors/f64.safetensors").path

  @Test(arguments: ["/dev/full", "&-"]) func outputThatCannotBeWrittenIsAFailure(stream: String) throws {
    try withTemporaryFolder { folder in
      let result = try run(
        "inspect-weights", byShell: "\"$program\" '\(weights)' 2>&1 >\(stream)", in: folder)
      #expect(result.status == 1 && result.output.contains("could not write all of it"), "\(result)")
    }
  }

  @Test(arguments: ["/dev/full", "&-"]) func progressThatCannotBeWrittenIsLost(stream: String) throws {
    try withTemporaryFolder { folder in
      let face = try SyntheticFaces(count: 1).attribute[0].picture.value
      try face.write(toJPEG: folder.appendingPathComponent("face.jpg"))
      let study = try run(
        "face-segmentation-study",
        byShell: """
          "$program" --output out --limit-gender 20 --gender-epochs 1 --segmentation-epochs 1 --masks hair 2>\(stream)
          """, in: folder)
      #expect(study.status == 0 && study.output.contains("drawn-helen"), "\(study)")
      let masks = try run(
        "segment-faces",
        byShell: """
          "$program" --model out/models/small-drawn-lfw-hair-gender.safetensors --output masks face.jpg 2>\(stream)
          """, in: folder)
      #expect(masks.status == 0, "\(masks)")
      #expect(
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("masks/face-mask.png").path))
    }
  }

  @Test(arguments: ["--output ''", "--output="]) func emptyArgumentsAreWrongUsage(arguments: String) throws {
    try withTemporaryFolder { folder in
      let result = try run(
        "extract-features", byShell: "\"$program\" --encoder small \(arguments) x.jpg 2>&1", in: folder)
      #expect(result.status == 64 && result.output.contains("is empty"), "\(result)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasSuffix("npz") })
    }
  }
}
