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
    abstract: "Writes the output of a layer for each picture to an npz or safetensors file.",
    discussion: """
      The file has the array features (float32; pictures, height, width, channels) and the pictures' file names, with \
      \\xF1 for a byte that is not UTF-8: as the array names of an npz file, as a JSON list called names among the metadata of a \
      safetensors file. A file that this program wrote before is replaced, another one only by --overwrite. \
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
  @Option(
    help: "The file to write; its name ends in .npz or .safetensors, which says the format.",
    transform: FeatureFile.init)
  var output: FeatureFile
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
  @Option(
    help:
      "What a picture that cannot be read means for the exit status: it is named and left out in any case.")
  var onBadSample = BadPictureRule.fail
  @OptionGroup var overwriting: OverwriteOptions
  @Argument(help: "JPEG, PNG or Netpbm files.") var images: [String]

  /// Pictures at a time: enough for the library's fast algorithms, little enough for any machine.
  private static let batchSize = 4

  func run() throws {
    let files = images.map { URL(argument: $0) }
    try overwriting.check(
      output.destination, against: files + encoder.files, isOwn: FeatureFile.isOwn)
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
    var (features, names) = ([Tensor](), [String]())
    for start in stride(from: 0, to: files.count, by: Self.batchSize) {
      let found = files[start..<min(start + Self.batchSize, files.count)].compactMap { file in
        Self.picture(file).map { (name: file.fileName.description, picture: $0) }
      }
      if found.isEmpty { continue }
      features.append(tap.features(of: input.tensor(of: found.map(\.picture)), context))
      names += found.map(\.name)
    }
    guard !features.isEmpty else {
      StandardError.write("No picture can be read: nothing is written.\n")
      throw ExitCode.failure
    }
    let all = Tensor.concatenated(features, alongAxis: 0)
    try output.write(all, names: names)
    print("\(output.destination.shownRelativePath): features \(all.shape), names [\(names.count)]")
    if names.count < files.count, onBadSample == .fail { throw ExitCode.failure }
  }

  /// A picture; nil, with a line that says why, if it cannot be read.
  private static func picture(_ file: URL) -> Picture? {
    do {
      return try Picture(contentsOf: file)
    } catch {
      StandardError.write("Left out: \(error)\n")
      return nil
    }
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
      "--layer \(layer.printable): there is no such layer. The stages are \(stages.joined(separator: ", ")); layers within them are "
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
