import Foundation
import TestSupport
import Testing

/// An option that takes one value and gets two.
@Suite(.long) struct RepeatedOptionTests {
  @Test(arguments: [
    (
      "extract-features", ["--encoder", "small", "--output", "x.npz", "a.jpg"], "--layer", "block1", "block2"
    ),
    ("classify-image", ["--encoder", "vgg16", "a.jpg"], "--top", "3", "5"),
    ("inspect-weights", ["w.h5"], "--convert", "a.npz", "b.npz"),
    ("pretrain-small-encoder", [], "--seed", "1", "2"),
    ("segment-faces", ["--output", "masks", "a.jpg"], "--model", "m", "n"),
    ("evaluate-segmentation", ["--model", "m", "--data", "d"], "--dataset", "lfw", "helen"),
    ("custom-encoder", [], "--output", "a", "a b"),
    ("face-segmentation-study", ["--encoders", "small"], "--seeds", "1", "1,2"),
  ])
  func isRefusedWithBothValues(
    program: String, others: [String], option: String, first: String, second: String
  ) throws {
    try withTemporaryFolder { folder in
      // In both forms in which a value can be written.
      let arguments = others + [option, first, "\(option)=\(second)"]
      let result = try run(program, arguments, in: folder)
      #expect(
        result.status == 64
          && result.output.contains("\(option) is given twice, as \(first) and as \(second)"),
        "\(result)")
    }
  }

  @Test func mayBeRepeatedWhereSeveralValuesAreWanted() throws {
    try withTemporaryFolder { folder in
      let result = try run(
        "face-segmentation-study",
        ["--encoders", "vgg16,vgg19", "--weights", "vgg16=a", "--weights", "vgg19=b", "--dry-run"], in: folder
      )
      #expect(!result.output.contains("given twice"), "\(result)")
      // What follows -- are names of files, and a value may look like the name of another option's.
      let names = try run(
        "inspect-weights", ["--", "--convert", "--convert"], in: folder)
      #expect(!names.output.contains("given twice"), "\(names)")
    }
  }
}
