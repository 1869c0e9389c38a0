import Foundation
import TestSupport
import Testing

private let example = "face-segmentation-study"

/// What is said of a file of settings that cannot be used: its name and the key, in words of JSON.
@Suite(.long) struct ConfigurationFileTests {
  @Test(arguments: [
    (#"{"segmentation": {"penalty": 1e400}}"#, "penalty cannot be 1e400: that is out of bounds"),
    (#"{"gender": {"batchSize": 1.5}}"#, "gender.batchSize: a number there is out of bounds, or a fraction"),
    (#"{"gender": {"learningRate": 1e39}}"#, "gender.learningRate: a number there is out of bounds"),
    (#"{"gender": {"batchSize": "x"}}"#, "gender.batchSize is not a whole number"),
    (#"{"gender": {"epochs": 0}}"#, "gender.epochs is 0, and has to be 1 at least"),
    (#"{"optimizer": "adam"}"#, "optimizer has a value that it cannot have. It is one of rmsprop, sgd."),
    (#"{"masks": "parts"}"#, "masks is not a list in brackets"),
    (#"{"masks": ["parts", 3]}"#, "masks[1] is not a text in quotes"),
    (#"{"masks": ["parts", "nose"]}"#, "masks parts,nose: there is no nose"),
    (#"{"encoders": ["vgg99"]}"#, "encoders vgg99: there is no such encoder"),
    (#"{"weights": {"vgg19": "x"}}"#, "weights vgg19=x: vgg19 is not among the encoders"),
    (#"{"seeds": [1, 1]}"#, "seeds 1,1: name each seed once"),
    (#"{"seeds": [1, -1]}"#, "a number there is out of bounds, or a fraction"),
    (#"{"lfw": "there"}"#, "it names lfw, and --celeba is missing"),
    ("{\n\"seed\": 1,,}", "this is no JSON: its line 2 cannot be read"),
    ("", "this is no JSON: it ends too early"),
  ])
  func namesTheFileAndTheKey(content: String, wanted: String) throws {
    try withTemporaryFolder { folder in
      try folder.write(content, to: "call.json")
      let result = try run(example, ["--configuration", "call.json", "--dry-run"], in: folder)
      #expect(result.status == 64 && result.output.contains("call.json: \(wanted)"), "\(result)")
      // None of these options was given, and nobody need know the language of the program.
      let message = result.output.prefix { $0 != "\n" }
      for word in ["--masks", "--encoders", "--weights", "--seeds", "--gender", "Swift", "Array", "Int "] {
        #expect(!message.contains(word), "\(message)")
      }
    }
  }

  @Test func anOptionGoesBeforeTheFile() throws {
    try withTemporaryFolder { folder in
      try folder.write(#"{"masks": ["nose"], "encoders": ["vgg99"]}"#, to: "call.json")
      let result = try run(
        example,
        ["--configuration", "call.json", "--masks", "parts", "--encoders", "small", "--dry-run"], in: folder)
      #expect(result.status == 0, "\(result)")
    }
  }

  @Test(arguments: [
    ("--penalty", "1e400", "too large to compute with"), ("--penalty", "nan", "a number is needed"),
    ("--epsilon", "1e-400", "too close to 0"), ("--cache-limit", "1e999", "too large to compute with"),
  ])
  func numbersAreShownAsTheyWereTyped(option: String, number: String, wanted: String) throws {
    try withTemporaryFolder { folder in
      let result = try run(example, [option, number], in: folder)
      #expect(
        result.status == 64 && result.output.contains(wanted) && result.output.contains("'\(number)'")
          && !result.output.prefix { $0 != "\n" }.contains("inf"), "\(result)")
    }
  }

  @Test func adviceIsInTheTermsOfTheCommandLine() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      try writePublishedVGG11(to: folder.appendingPathComponent("vgg11.safetensors"), below: "model.")
      let data = ["celeba", "lfw", "helen"].flatMap { ["--\($0)", $0] }
      let result = try run(
        example,
        data + ["--encoders", "vgg16", "--limit-gender", "20", "--weights", "vgg11.safetensors"], in: folder)
      #expect(result.status == 1 && !result.output.contains("VGG."), "\(result)")
      #expect(result.output.contains("name it with --encoders vgg11"), "\(result)")
    }
  }
}
