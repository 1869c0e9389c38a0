import ArgumentParser
import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

/// An encoder that the library does not have, in one file: take it as a template.
///
/// It is small and made of depthwise-separable convolutions, after MobileNet (Howard and others, 2017, arXiv:1704.04861):
/// 112×112×16, 56×56×32, 28×28×64, 14×14×96 and 7×7×128 for pictures of 224×224, 59,264 parameters in all.
final class MobileFace: ImageEncoder {
  // 1. The layers, in named stages that say what they give. Parameters lie below these names:
  // stage3.reduce.depthwise.conv.kernel.
  let stages: [EncoderStage]

  // 2. How pictures become the input that its weights were trained on.
  let preprocessing: Preprocessing

  /// Creates an encoder with random weights.
  ///
  /// - Parameters:
  ///   - side: of the pictures that it takes, in pixels; a multiple of 32.
  ///   - random: what the kernels are drawn from.
  init(side: Int = 224, random: RandomStream = RandomStream(seed: 0)) {
    preprocessing = Preprocessing(width: side, height: side, style: .tensorFlow)
    let channels = [16, 32, 64, 96, 128]
    let stem = Self.normalized(
      inputs: 3, outputs: channels[0], size: 3, stride: 2, random: random.child("stem"))
    let bodies = (1..<5).map { index in
      let random = random.child("stage\(index + 1)")
      return Sequential([
        (
          "reduce",
          Self.separable(
            inputs: channels[index - 1], outputs: channels[index], stride: 2, random: random.child("reduce"))
        ),
        (
          "refine",
          Self.separable(
            inputs: channels[index], outputs: channels[index], stride: 1, random: random.child("refine"))
        ),
      ])
    }
    stages = zip(channels, [stem] + bodies).enumerated().map { index, stage in
      EncoderStage("stage\(index + 1)", stage.1, channels: stage.0, stride: 2 << index)
    }
  }

  /// A convolution without bias, its normalisation, and a ReLU; in inference all three are one.
  private static func normalized(
    inputs: Int, outputs: Int, size: Int, stride: Int = 1, groups: Int = 1, random: RandomStream
  ) -> Sequential {
    let convolution = Conv2D(
      inputs: inputs, outputs: outputs, kernelSize: size, stride: stride, padding: .symmetric(size / 2),
      groups: groups, usesBias: false, kernelInitializer: .heNormal(), random: random)
    let norm = BatchNorm(channels: outputs, epsilon: 1e-5, momentum: .pyTorch())
    return Sequential([("conv", convolution), ("bn", norm), ("relu", Activation(.relu))])
  }

  /// A convolution of each channel by itself, then one of 1×1 that mixes them.
  private static func separable(
    inputs: Int, outputs: Int, stride: Int, random: RandomStream
  ) -> Sequential {
    let depthwise = normalized(
      inputs: inputs, outputs: inputs, size: 3, stride: stride, groups: inputs,
      random: random.child("depthwise"))
    let pointwise = normalized(inputs: inputs, outputs: outputs, size: 1, random: random.child("pointwise"))
    return Sequential([("depthwise", depthwise), ("pointwise", pointwise)])
  }
}

// MARK: Family

extension EncoderFamily {
  /// 3. What readers and programs know it by: the name of its type in files, and one for command lines.
  static let mobileFace = EncoderFamily(
    "MobileFace",
    networks: [
      KnownNetwork("mobile_face", poolsFeatures: true, tables: { [MobileFace.namingTable] }) {
        source, report in
        guard case .file(let file) = source else {
          throw ValidationError("No weights of MobileFace are published: name a file.")
        }
        return try MobileFace(weights: file, report: report)
      }
    ]
  ) { preprocessing in MobileFace(side: preprocessing.width) }
}

// MARK: Weights

extension MobileFace {
  /// 4. How its weight files name and order the numbers: here as a PyTorch module of the same structure would.
  ///
  /// `stem.0.weight` is the kernel of the first convolution and `stem.1.running_mean` belongs to its normalisation;
  /// `layers.2.0.depthwise.0.weight` is in the first half of stage4.
  static let namingTable: NamingTable = {
    func unit(_ path: String, _ module: String) -> [NamingTable.Entry] {
      [
        .init("\(path).conv.kernel", from: "\(module).0.weight", layout: .convolutionOIHW),
        .init("\(path).bn.gamma", from: "\(module).1.weight"),
        .init("\(path).bn.beta", from: "\(module).1.bias"),
        .init("\(path).bn.mean", from: "\(module).1.running_mean"),
        .init("\(path).bn.variance", from: "\(module).1.running_var"),
      ]
    }
    var units = [(path: "stage1", module: "stem")]
    for layer in 0..<4 {
      for (number, half) in ["reduce", "refine"].enumerated() {
        for part in ["depthwise", "pointwise"] {
          units.append(("stage\(layer + 2).\(half).\(part)", "layers.\(layer).\(number).\(part)"))
        }
      }
    }
    return NamingTable(
      "MobileFace (PyTorch)", units.flatMap { unit($0.path, $0.module) },
      ignorable: Set(units.map { "\($0.module).1.num_batches_tracked" }))
  }()

  /// Creates an encoder with the weights of a file of any format: under the names of the table, or under Graft's own.
  ///
  /// - Throws: `LoadReport` if the file is of another network, and whatever reading it throws.
  convenience init(weights file: URL, side: Int = 224, report: (LoadReport) -> Void = { _ in }) throws {
    self.init(side: side)
    let wanted = stateShapes
    let own = NamingTable.graft(paths: wanted.map(\.path))
    let (tensors, loaded) = try openWeightFile(at: file).parameters(
      wanted, namedBy: [Self.namingTable, own])
    try load(tensors)
    report(loaded)
  }
}
