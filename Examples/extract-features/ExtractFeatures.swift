import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

/// Computes what a layer of an encoder makes of pictures.
@main
struct ExtractFeatures: Program {
  static let configuration = CommandConfiguration(
    commandName: "extract-features",
    abstract: "Writes the output of a layer for each picture to an npz file.",
    discussion: """
      The file has the arrays features (float32; pictures, height, width, channels) and names (the pictures' file names, with \
      \\xF1 for a byte that is not UTF-8). A file that this program wrote before is replaced, another one only by --overwrite. \
      Pictures of 224×224 are used as they are, others are resized bilinearly, without keeping their aspect.
      """)

  @OptionGroup var encoder: EncoderOptions
  @Option(
    help: """
      A stage or a layer: block5, block5_pool, block5_conv4 of a VGG; conv5 of a ResNet. The encoder's last stage, if not \
      set.
      """)
  var layer: String?
  @Option(help: "How pictures are prepared; as the weights were trained, if not set.") var preprocessing:
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
  @OptionGroup var overwriting: OverwriteOptions
  @Argument(help: "JPEG, PNG or Netpbm files.") var images: [String]

  /// Pictures at a time: enough for the library's fast algorithms, little enough for any machine.
  private static let batchSize = 4

  private static let maker = "Graft extract-features"

  func run() throws {
    let (destination, files) = (URL(argument: output), images.map { URL(argument: $0) })
    try overwriting.check(destination, against: files + encoder.files) {
      NPZFile.comment(of: $0) == Self.maker
    }
    let network = try encoder.makeEncoder()
    let input = preprocessing?.preprocessing ?? network.preprocessing
    let layer = layer ?? network.lastStage.name
    guard let tap = FeatureTap(network, layer: layer) else { throw Self.unknown(layer, of: network) }
    var context = Context.inference
    context.convolutionAlgorithm = convolutions
    context.allowsBFloat16 = bfloat16
    if bfloat16, !ComputeEnvironment.hasBFloat16 {
      StandardError.write("This processor does not multiply bfloat16: computing in float32.\n")
    }
    var features: [Tensor] = []
    for start in stride(from: 0, to: files.count, by: Self.batchSize) {
      let pictures = try files[start..<min(start + Self.batchSize, files.count)].map {
        try Picture(contentsOf: $0)
      }
      features.append(tap.features(of: input.tensor(of: pictures), context))
    }
    let all = Tensor.concatenated(features, alongAxis: 0)
    let names = files.map(\.fileName.description)
    try NPZFile.write(
      [("features", .tensor(all)), ("names", .strings(names))], to: destination, comment: Self.maker)
    print("\(destination.shownRelativePath): features \(all.shape), names [\(names.count)]")
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
