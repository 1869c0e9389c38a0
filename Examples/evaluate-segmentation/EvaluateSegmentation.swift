import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

/// Computes the scores of a network anew.
@main
struct EvaluateSegmentation: Program {
  static let configuration = CommandConfiguration(
    commandName: "evaluate-segmentation",
    abstract: "Computes the figures of a study's table for one of its networks anew.",
    discussion: """
      All four intersections over union, or those of each part where the network tells parts apart, and those of the \
      constant mask, on the validation part, which chose the network's epoch, and on the test part, which no choice saw, \
      where one was set aside. Which pictures these are stands in the split file; it is found by itself where the network \
      still lies in its study's output folder. Masks are made, and numbers computed, as the study did.
      """)

  @Option(help: "A segmentation network of a study's models folder.") var model: String
  @Option(help: "The data set.") var dataset: Dataset
  @Option(help: "The folder of that data set.") var data: String
  @Option(help: "The split file; that which the network names, if not set.") var split: String?
  @Flag(help: "Print a JSON object with all digits.") var json = false

  /// A data set with masks, as its publishers laid it out.
  enum Dataset: String, ExpressibleByArgument, CaseIterable {
    case lfw, helen
  }

  func run() throws {
    let file = URL(argument: model)
    let network = try SegmentationNetwork(
      contentsOf: file, families: encoderFamilies, decoders: headFamilies)
    let card = try openWeightFile(at: file).modelCard()
    let settings = try Settings(card, of: file, stages: network.encoder.stages)
    let faces = try settings.faces(
      dataset, in: URL(argument: data), preprocessing: network.encoder.preprocessing
    )
    let parts = try splitOfSamples(card, of: file).applied(to: faces)
    for warning in faces.warnings { note("warning: \(warning)") }
    if settings.dataset != dataset.rawValue {
      note(
        "\(file.shownRelativePath): this network was trained on \(settings.dataset), and is now measured on \(dataset)."
      )
    }

    let evaluations = try settings.evaluations(of: network, on: parts)
    printResult(json ? try evaluations.json : evaluations.tables(beside: card.metrics ?? [:]))
  }

  private static func split(in file: URL) throws -> Split {
    do {
      return try Split(contentsOf: file)
    } catch let error as DatasetError {
      throw DatasetError(
        error.place, error.problem, remedy: "Name the split file of the network's study with --split.")
    }
  }

  private func splitOfSamples(_ card: ModelCard, of file: URL) throws -> Split {
    if let split {
      let named = URL(argument: split)
      let samples = try Self.split(in: named)
      if try digest(of: named) != card.splitDigest {
        note(
          "\(named.shownRelativePath): this is not the split with which the network was trained: it may have learned from these pictures."
        )
      }
      return samples
    }
    // Models and splits have folders side by side.
    let folder = file.deletingLastPathComponent().deletingLastPathComponent()
    guard let name = card.split, let wanted = card.splitDigest else {
      throw ValidationError(
        "\(file.shownRelativePath): it records no split: name the split file with --split.")
    }
    let found = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: found.shownPath) else {
      throw ValidationError(
        "\(found.shownPath): the split file of this network is not there: name it with --split (its SHA-256 is \(wanted))."
      )
    }
    guard try digest(of: found) == wanted else {
      throw ValidationError(
        "\(found.shownPath): this is not the split file with which the network was trained (its SHA-256 should be \(wanted)): "
          + "name the right one with --split.")
    }
    return try Self.split(in: found)
  }
}

/// Writes a line to standard error.
func note(_ line: String) { StandardError.write(line + "\n") }
