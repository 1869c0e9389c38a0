import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// MobileNetV2 without its classifier, as torchvision has it (Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2:
/// inverted residuals and linear bottlenecks", 2018, arXiv:1801.04381).
///
/// Stages for 224×224×3: conv1 112×112×16, conv2 56×56×24, conv3 28×28×32, conv4 14×14×96, conv5 7×7×320, and conv6,
/// the last 1×1 convolution, 7×7×1,280. Parameters lie at `conv1.stem.conv.kernel`, `conv3.block2.expand.conv.kernel`,
/// `….depthwise.bn.gamma`, `….project.conv.kernel`, with `branch` after the block where it has a shortcut.
///
/// ```swift
/// let encoder = try MobileNetV2(weights: .file("mobilenet_v2-b0353104.pth"))
/// ```
public final class MobileNetV2: ImageEncoder {
  /// Whose network it is.
  public enum Variant: String, Sendable, Codable, CaseIterable {
    /// torchvision's: padding on both sides, ε 1e-5.
    case torchvision
  }

  /// conv1 … conv6.
  public let stages: [EncoderStage]
  /// What its weights were trained with.
  public let preprocessing: Preprocessing
  /// By how much the numbers of channels are multiplied.
  public let width: Double

  /// Creates a network with random weights.
  ///
  /// - Parameters:
  ///   - width: by how much the numbers of channels are multiplied; they are rounded to multiples of 8.
  ///   - preprocessing: how pictures become its input.
  ///   - random: what the kernels are drawn from.
  public init(
    width: Double = 1, preprocessing: Preprocessing = .torch, random: RandomStream = RandomStream(seed: 0)
  ) {
    let plan = Plan(width: width)
    self.width = width
    self.preprocessing = preprocessing
    var parts: [[(name: String, layer: any Module)]] = Array(repeating: [], count: 6)
    parts[0].append(
      (
        "stem",
        Self.normalized(
          inputs: 3, outputs: plan.stem, size: 3, stride: 2, activation: .relu6, random: random.child("stem"))
      ))
    for (number, block) in plan.blocks.enumerated() {
      parts[block.stage - 1].append((block.name, Self.block(block, random: random.child("block", number))))
    }
    parts[5].append(
      (
        "head",
        Self.normalized(
          inputs: plan.blocks[plan.blocks.count - 1].outputs, outputs: plan.head, size: 1, activation: .relu6,
          random: random.child("head"))
      ))
    let channels = (1...5).map { stage in plan.blocks.last { $0.stage == stage }?.outputs ?? 0 } + [plan.head]
    stages = zip(zip(channels, [2, 4, 8, 16, 32, 32]), parts).enumerated().map { index, stage in
      let ((channels, stride), layers) = stage
      return EncoderStage(
        "conv\(index + 1)", Sequential(layers), channels: channels, stride: stride,
        outputLength: { ($0 + stride - 1) / stride })
    }
  }

  /// The classifying layers: the mean over the image, in training a dropout of a fifth, then `predictions`.
  public static func top(
    inputs: Int = 1280, classes: Int = 1000, random: RandomStream = RandomStream(seed: 0)
  ) -> Sequential {
    Sequential([
      ("pool", GlobalAveragePool2D()), ("dropout", Dropout(rate: 0.2)),
      ("predictions", Dense(inputs: inputs, outputs: classes, random: random.child("predictions"))),
    ])
  }

  /// What tells one MobileNetV2 from another.
  struct Settings: Codable {
    var variant = Variant.torchvision
    var width = 1.0

    var architecture: Architecture {
      let title = "MobileNetV2 (torchvision)" + (width == 1 ? "" : ", \(width) times as wide")
      return Architecture(MobileNetV2.family, settings: self, title: title)
    }
  }

  static let family = "mobilenet_v2"

  /// Whose network it is, and width.
  public var architecture: Architecture { Settings(width: width).architecture }
}

// MARK: Parts

extension MobileNetV2 {
  /// The sizes of the layers (the paper's Table 2).
  private struct Plan {
    /// An inverted residual: to `expansion` times as many channels, a depthwise convolution, to `outputs` channels.
    struct Block {
      let stage: Int
      let name: String
      let inputs, outputs, expansion, stride: Int

      var hasShortcut: Bool { stride == 1 && inputs == outputs }
    }

    private(set) var blocks: [Block] = []
    let stem, head: Int

    init(width: Double) {
      func rounded(_ channels: Int) -> Int {
        let wanted = Double(channels) * width
        let nearest = max(8, Int(wanted + 4) / 8 * 8)
        // Not less than nine tenths of what was wanted.
        return Double(nearest) < 0.9 * wanted ? nearest + 8 : nearest
      }
      stem = rounded(32)
      head = width > 1 ? rounded(1280) : 1280
      var (inputs, stage) = (stem, 1)
      let rows = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
      ]
      for (expansion, channels, count, stride) in rows {
        if stride == 2 { stage += 1 }
        for repetition in 0..<count {
          let number = blocks.count { $0.stage == stage } + 1
          blocks.append(
            Block(
              stage: stage, name: "block\(number)", inputs: inputs, outputs: rounded(channels),
              expansion: expansion, stride: repetition == 0 ? stride : 1))
          inputs = rounded(channels)
        }
      }
    }
  }

  private static func block(_ block: Plan.Block, random: RandomStream) -> any Module {
    let hidden = block.inputs * block.expansion
    let expand = normalized(
      inputs: block.inputs, outputs: hidden, size: 1, activation: .relu6, random: random.child("expand"))
    let depthwise = normalized(
      inputs: hidden, outputs: hidden, size: 3, stride: block.stride, groups: hidden, activation: .relu6,
      random: random.child("depthwise"))
    let project = normalized(
      inputs: hidden, outputs: block.outputs, size: 1, random: random.child("project"))
    let branch = Sequential(
      (block.expansion > 1 ? [("expand", expand)] : []) + [("depthwise", depthwise), ("project", project)])
    return block.hasShortcut ? Residual(branch, activation: .linear) : branch
  }

  private static func normalized(
    inputs: Int, outputs: Int, size: Int, stride: Int = 1, groups: Int = 1,
    activation: ActivationFunction? = nil, random: RandomStream
  ) -> Sequential {
    let convolution = Conv2D(
      inputs: inputs, outputs: outputs, kernelSize: size, stride: stride, padding: .symmetric(size / 2),
      groups: groups, usesBias: false, random: random)
    let norm = BatchNorm(channels: outputs, epsilon: 1e-5, momentum: .pyTorch())
    return Sequential(
      [("conv", convolution), ("bn", norm)] + (activation.map { [("activation", Activation($0))] } ?? []))
  }
}

// MARK: Weights

extension MobileNetV2 {
  /// Creates a network with weights from a file.
  ///
  /// - Parameters:
  ///   - weights: torchvision's file, with or without the classifier, or one that Graft wrote.
  ///   - width: by how much the numbers of channels are multiplied.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's, and whatever reading it throws.
  public convenience init(
    weights: WeightSource, width: Double = 1, report: (LoadReport) -> Void = { _ in }
  ) throws {
    let loader = MobileNetV2.loader(width: width)
    let found = try loader.encoderWeights(in: loader.open(weights, for: nil), for: nil)
    self.init(width: width, preprocessing: found.preprocessing)
    try load(found.tensors)
    report(found.report)
  }

  /// A whole network with its classifier, which has as many classes as the file; see ``init(weights:width:report:)``.
  public static func classifier(
    weights: WeightSource, width: Double = 1, report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    let loader = loader(width: width)
    return try loader.network(in: loader.open(weights, for: nil, withTop: true), for: nil, report: report)
  }

  static func loader(width: Double = 1) -> WeightLoader<Variant, MobileNetV2> {
    WeightLoader(
      forms: [torchvisionForm(Plan(width: width).blocks)], variants: Variant.allCases,
      architecture: { Settings(variant: $0, width: width).architecture },
      makeEncoder: { MobileNetV2(width: width, preprocessing: $1) },
      makeTop: { outputs in
        top(inputs: Plan(width: width).head, classes: outputs("predictions.kernel") ?? 1000)
      })
  }

  /// torchvision: `features.0` the stem, `features.1.conv` and so on the blocks, `features.18` the head.
  private static func torchvisionForm(_ blocks: [Plan.Block]) -> WeightForm<Variant> {
    func entries(_ path: String, _ convolution: String, _ norm: String) -> [NamingTable.Entry] {
      PyTorchNames.convolution("\(path).conv", module: convolution, usesBias: false)
        + PyTorchNames.batchNorm("\(path).bn", module: norm)
    }
    let inner = blocks.enumerated().flatMap { number, block in
      let path = "conv\(block.stage).\(block.name)" + (block.hasShortcut ? ".branch" : "")
      let module = "features.\(number + 1).conv"
      let isExpanded = block.expansion > 1
      let depthwise = isExpanded ? 1 : 0
      return (isExpanded ? entries("\(path).expand", "\(module).0.0", "\(module).0.1") : [])
        + entries("\(path).depthwise", "\(module).\(depthwise).0", "\(module).\(depthwise).1")
        + entries("\(path).project", "\(module).\(depthwise + 1)", "\(module).\(depthwise + 2)")
    }
    return WeightForm(
      name: "MobileNetV2 (torchvision)", variants: [.torchvision], preprocessing: .torch,
      encoder: entries("conv1.stem", "features.0.0", "features.0.1") + inner
        + entries("conv6.head", "features.\(blocks.count + 1).0", "features.\(blocks.count + 1).1"),
      top: PyTorchNames.dense("predictions", module: "classifier.1"), advice: "use MobileNetV2")
  }
}
