import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining
import TestSupport
import Testing

private let example = "classify-image"

@Suite(.long) struct ClassifyImageTests {
  /// How the example computes.
  private var context: Context {
    var context = Context.inference
    context.convolutionAlgorithm = .portableWinograd
    return context
  }

  private let picture = Picture(
    width: 40, height: 30, channels: 3, pixels: (0..<40 * 30 * 3).map { UInt8($0 * 7 % 251) })

  /// A network of seven classes with random weights, the one that the tests ask about.
  private func network(classNames: [String]? = nil) -> ClassificationNetwork {
    ClassificationNetwork(
      encoder: ResNet(.resNet18, variant: .torchvision, random: RandomStream(seed: 1)),
      top: ResNet.top(inputs: 512, classes: 7, random: RandomStream(seed: 2)), classNames: classNames)
  }

  @Test func printsTheLikeliestClassesWithTheirProbabilities() throws {
    try withTemporaryFolder { folder in
      let network = network()
      let weights = folder.appendingPathComponent("resnet18.safetensors")
      try network.write(to: weights)
      try picture.write(toPNG: folder.appendingPathComponent("Größe.png"))
      let path = folder.appendingPathComponent("Größe.png").path
      let names = (0..<7).map { "name \($0)" }
      try folder.write(names.joined(separator: "\n"), to: "labels.txt")

      let probabilities = softmax(network.logits(of: [picture], context)).scalars
      let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
      func lines(_ count: Int, _ name: (Int) -> String) -> String {
        let lines = order.prefix(count).map {
          "  \(String(format: "%5.1f", 100 * probabilities[$0])) %  \(name($0))\n"
        }
        return "\(path)\n" + lines.joined()
      }
      let arguments = ["--encoder", "resnet18", "--weights", weights.path]
      let named = try run(
        example, arguments + ["--labels", folder.appendingPathComponent("labels.txt").path, path], in: folder)
      #expect(named.status == 0 && named.output == lines(5) { "name \($0)" }, "\(named.output)")
      let numbered = try run(example, arguments + ["--top", "2", path, path], in: folder)
      #expect(
        numbered.output == lines(2) { "class \($0)" } + lines(2) { "class \($0)" }, "\(numbered.output)")
    }
  }

  @Test func namesThatTravelWithTheWeightsAreUsedAndMistakesNamed() throws {
    try withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("resnet18.safetensors")
      let letters = ["a", "b", "c", "d", "e", "f", "g"]
      try network(classNames: letters).write(to: weights)
      let path = folder.appendingPathComponent("picture.png")
      try picture.write(toPNG: path)
      func classify(_ extra: [String], model: String = "resnet18") throws -> (status: Int32, output: String) {
        try run(
          example, ["--encoder", model, "--weights", weights.path] + extra + [path.path], in: folder)
      }
      let all = try classify(["--top", "7"])
      let printed = all.output.split(separator: "\n").dropFirst().compactMap { $0.last.map(String.init) }
      #expect(printed.sorted() == letters, "\(all.output)")

      try folder.write("one\ntwo\n", to: "labels.txt")
      let short = try classify(["--labels", folder.appendingPathComponent("labels.txt").path])
      #expect(
        short.status == 64 && short.output.contains("it names 2 classes, and the network has 7"),
        "\(short.output)")
      let missing = try classify(["--labels", folder.appendingPathComponent("nothing.txt").path])
      #expect(
        missing.status == 1 && missing.output.contains("nothing.txt: could not open it")
          && !missing.output.contains("NSError") && !missing.output.contains("Domain="), "\(missing.output)")
      let other = try classify([], model: "mobilenet_v2")
      #expect(
        other.status == 1 && other.output.contains("its weights belong to ResNet-18 (torchvision)"),
        "\(other.output)")
      let unknown = try classify([], model: "alexnet")
      #expect(unknown.status == 64 && unknown.output.contains("mobilenet_v2"), "\(unknown.output)")
    }
  }

  @Test func aClassifierOfYourOwnBringsItsNames() throws {
    try withTemporaryFolder { folder in
      try picture.write(toPNG: folder.appendingPathComponent("a.png"))
      for (classes, names) in [(1, ["closed", "open"]), (3, ["cat", "dog", "fox"])] {
        let network = ClassificationNetwork(
          encoder: try VGG.small(), head: .linear(classes: classes), classNames: names,
          random: RandomStream(seed: 3))
        try network.write(to: folder.appendingPathComponent("own.safetensors"))
        let logits = network.logits(of: [picture], context)
        // One logit stands for the second of two classes.
        let expected =
          classes == 1
          ? [1 - sigmoid(logits).scalars[0], sigmoid(logits).scalars[0]] : softmax(logits).scalars
        let result = try run(example, ["--model", "own.safetensors", "a.png"], in: folder)
        #expect(result.status == 0, "\(result)")
        let order = names.indices.sorted { expected[$0] > expected[$1] }
        let lines = order.map { "  \(String(format: "%5.1f", 100 * expected[$0])) %  \(names[$0])\n" }
        #expect(result.output == "a.png\n" + lines.joined(), "\(result)")
      }
      let both = try run(example, ["--model", "own.safetensors", "--encoder", "vgg16", "a.png"], in: folder)
      #expect(both.status == 64 && both.output.contains("Name one classifier"), "\(both)")
      let weights = try run(example, ["--model", "own.safetensors", "--weights", "w", "a.png"], in: folder)
      #expect(weights.status == 64 && weights.output.contains("a model has its own"), "\(weights)")
    }
  }

  @Test func namesOfClassesCannotTakeTheTerminalOver() throws {
    try withTemporaryFolder { folder in
      try picture.write(toPNG: folder.appendingPathComponent("a.png"))
      let network = ClassificationNetwork(
        encoder: try VGG.small(), head: .linear(classes: 2), classNames: ["a\u{1B}[2J", "b\nc"])
      try network.write(to: folder.appendingPathComponent("own.safetensors"))
      let result = try run(example, ["--model", "own.safetensors", "a.png"], in: folder)
      #expect(result.status == 0 && !result.output.contains("\u{1B}"), "\(result)")
      #expect(result.output.count { $0 == "\n" } == 3)
    }
  }
}
