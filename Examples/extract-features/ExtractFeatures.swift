import ArgumentParser
import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

/// Computes what a layer of an encoder makes of pictures.
@main
struct ExtractFeatures: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract-features",
    abstract: "Writes the output of a layer for each picture to an npz file.",
    discussion: """
      The file has the arrays features (float32; pictures, height, width, channels) and names (the pictures' file names). \
      Pictures of 224×224 are used as they are, others are resized bilinearly, without keeping their aspect.
      """)

  @Option(help: "The network. The small one is built in.")
  var encoder: Encoder
  @Option(
    help: """
      The encoder's weights: a file of Keras, torchvision, Caffe or Graft; if not set, $GRAFT_WEIGHTS and ~/.cache/graft \
      are searched.
      """)
  var weights: String?
  @Option(
    help: """
      A stage or a layer: block5, block5_pool, block5_conv4 of a VGG; conv5 of a ResNet. The encoder's last stage, if not \
      set.
      """)
  var layer: String?
  @Option(help: "How pictures are prepared; as for the weights' training, if not set.") var preprocessing:
    Style?
  @Option(help: "The npz file to write.") var output: String
  @Option(
    help: """
      How convolutions are computed. With direct and \
      portable-winograd the features of a picture do not depend on which others are given with it; winograd takes oneDNN's \
      kernels where they are faster.
      """)
  var convolutions = ConvolutionAlgorithm.portableWinograd
  @Flag(
    help: """
      Compute in bfloat16 where the processor can and where that is faster. Features change by about 1 %, in deep networks \
      by more: the last ones of MobileNetV2 by 6.5 %.
      """)
  var bfloat16 = false
  @Argument(help: "JPEG, PNG or PPM files.") var images: [String]

  /// Pictures at a time: enough for the library's fast algorithms, little enough for any machine.
  private static let batchSize = 4

  func validate() throws {
    if case .small = encoder, weights != nil {
      throw ValidationError(
        "--weights: the small encoder has its own; leave --weights out, or name another encoder.")
    }
  }

  func run() throws {
    let network = try encoder.made(weights: weights)
    let input = preprocessing?.preprocessing ?? network.preprocessing
    let layer = layer ?? network.lastStage.name
    guard let tap = FeatureTap(network, layer: layer) else { throw Self.unknown(layer, of: network) }
    var context = Context.inference
    context.convolutionAlgorithm = convolutions
    context.allowsBFloat16 = bfloat16
    if bfloat16, !ComputeEnvironment.hasBFloat16 {
      FileHandle.standardError.write(
        Data("This processor does not multiply bfloat16: computing in float32.\n".utf8))
    }
    var features: [Tensor] = []
    for start in stride(from: 0, to: images.count, by: Self.batchSize) {
      let paths = images[start..<min(start + Self.batchSize, images.count)]
      let pictures = try paths.map { try Picture(contentsOf: URL(fileURLWithPath: $0)) }
      features.append(tap.features(of: input.tensor(of: pictures), context))
    }
    let all = Tensor.concatenated(features, alongAxis: 0)
    let names = images.map { URL(fileURLWithPath: $0).lastPathComponent }
    try NPZFile.write(
      [("features", .tensor(all)), ("names", .strings(names))], to: URL(fileURLWithPath: output))
    print("\(output): features \(all.shape), names [\(names.count)]")
  }

  /// The error for a layer that is not there: names the stages, and the layers that are spelled most alike.
  private static func unknown(_ layer: String, of network: any ImageEncoder) -> ValidationError {
    func likeness(_ name: String) -> Int {
      name.commonPrefix(with: layer).count
        + String(name.reversed()).commonPrefix(with: String(layer.reversed())).count
    }
    let stages = network.stages.map(\.name)
    let layers = FeatureTap.names(of: network).filter { !stages.contains($0) }
      .map { (name: $0, likeness: likeness($0)) }.sorted { $0.likeness > $1.likeness }.prefix(5).map(\.name)
    return ValidationError(
      "--layer \(layer): there is no such layer. The stages are \(stages.joined(separator: ", ")); layers within them are "
        + "called \(layers.joined(separator: ", ")) and so on.")
  }

  /// An encoder by name.
  enum Encoder: ExpressibleByArgument {
    case small
    case published(KnownNetwork)

    init?(argument: String) {
      if argument == "small" {
        self = .small
      } else if let network = KnownNetwork(rawValue: argument) {
        self = .published(network)
      } else {
        return nil
      }
    }

    static var allValueStrings: [String] { ["small"] + KnownNetwork.allCases.map(\.rawValue) }

    /// - Parameter weights: a file; nil for the small one.
    func made(weights: String?) throws -> any ImageEncoder {
      switch self {
      case .small: return try VGG.small()
      case .published(let network):
        do {
          return try network.encoder(weights: weights.map { .file($0) } ?? .imageNet) { report in
            guard let note = report.partDescription else { return }
            FileHandle.standardError.write(Data("\(report.file.relativePath): \(note)\n".utf8))
          }
        } catch let report as LoadReport {
          throw report.advising(option: "--encoder")
        }
      }
    }
  }

  /// A published way to prepare pictures.
  enum Style: String, ExpressibleByArgument, CaseIterable {
    case caffe, tf, torch

    var preprocessing: Preprocessing {
      switch self {
      case .caffe: .caffe
      case .tf: .tensorFlow
      case .torch: .torch
      }
    }
  }
}

extension ConvolutionAlgorithm: ExpressibleByArgument {}
