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
    abstract: "Measures a segmentation network, on the data of its study or on any other.",
    discussion: """
      All four intersections over union, or those of each class where the network tells several apart. On the data set that a \
      network of a study was trained on, the figures of the study's table are computed anew, as the study did: those of the \
      validation part, which chose the network's epoch, and of the test part, which no choice saw, where one was set aside, each \
      beside those of the constant mask. Which pictures these are stands in the split file; it is found by itself where the network \
      still lies in its study's output folder. On other data all pictures are measured together, unless --split names parts. So \
      they are for a network that was trained on drawn faces, which lie in no folder.
      """)

  @Option(help: "A segmentation network, such as those of a study's models folder.") var model: String
  @OptionGroup var data: DataOptions
  @Option(help: "The split file; that which the network names, if not set.") var split: String?
  @Flag(help: "Print a JSON object with all digits.") var json = false

  func run() throws {
    let file = URL(argument: model)
    let network = try SegmentationNetwork(
      contentsOf: file, families: encoderFamilies, decoders: headFamilies)
    let card = try openWeightFile(at: file).modelCard()
    let result: Measurement
    switch try data.source {
    case .published(let dataset, let folder):
      result = try measurement(of: network, card, file, on: dataset, in: folder)
    case .folders(let images, let masks):
      result = try measurement(of: network, card, file, onPairs: images, masks)
    }
    if json {
      print(try result.parts.json)
    } else {
      try printResult(result.parts.tables(beside: result.recorded))
    }
  }

  /// The measured parts, and the figures on the network's card for the same pictures; nil if the card has none for them.
  private struct Measurement {
    let parts: [MeasuredPart]
    let recorded: [String: Double]?
  }

  private func measurement(
    of network: SegmentationNetwork, _ card: ModelCard, _ file: URL, on dataset: DataOptions.Published,
    in folder: URL
  ) throws -> Measurement {
    let settings = try Settings(card, of: file, stages: network.encoder.stages)
    let faces = try settings.faces(dataset, in: folder, preprocessing: network.encoder.preprocessing)
    for warning in faces.warnings { note("warning: \(warning)") }
    let isOwn = settings.dataset == dataset.rawValue
    if !isOwn {
      note(
        "\(file.shownRelativePath): this network was trained on \(settings.dataset.printable), and is now measured on \(dataset)."
      )
    }
    guard isOwn || split != nil else {
      return Measurement(parts: [try settings.measurement(of: network, onAllOf: faces)], recorded: nil)
    }
    let parts = try splitOfSamples(card, of: file).applied(to: faces)
    return Measurement(
      parts: try settings.measurements(of: network, on: parts), recorded: isOwn ? card.metrics ?? [:] : nil)
  }

  private func measurement(
    of network: SegmentationNetwork, _ card: ModelCard, _ file: URL, onPairs images: URL, _ masks: URL
  ) throws -> Measurement {
    let own = OwnPictures(network, card)
    let pairs = try data.pairs(images: images, masks: masks, classNames: own.classNames, size: own.maskSize)
    guard let split else {
      return Measurement(parts: [try own.measurement(onAllOf: pairs)], recorded: nil)
    }
    let parts = try Self.split(in: URL(argument: split)).applied(to: pairs)
    return Measurement(parts: try own.measurements(on: parts), recorded: nil)
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
