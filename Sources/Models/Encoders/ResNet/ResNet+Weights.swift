import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension ResNet {
  /// ResNet-18 without its classifier; see ``init(_:_:weights:width:)``.
  public static func resNet18(weights: WeightSource, width: Int = 64) throws -> ResNet {
    try ResNet(.resNet18, weights: weights, width: width)
  }

  /// ResNet-34 without its classifier; see ``init(_:_:weights:width:)``.
  public static func resNet34(weights: WeightSource, width: Int = 64) throws -> ResNet {
    try ResNet(.resNet34, weights: weights, width: width)
  }

  /// ResNet-50 without its classifier; see ``init(_:_:weights:width:)``.
  public static func resNet50(
    _ variant: Variant? = nil, weights: WeightSource, width: Int = 64
  ) throws -> ResNet {
    try ResNet(.resNet50, variant, weights: weights, width: width)
  }

  /// ResNet-101 without its classifier; see ``init(_:_:weights:width:)``.
  public static func resNet101(
    _ variant: Variant? = nil, weights: WeightSource, width: Int = 64
  ) throws -> ResNet {
    try ResNet(.resNet101, variant, weights: weights, width: width)
  }

  /// ResNet-152 without its classifier; see ``init(_:_:weights:width:)``.
  public static func resNet152(
    _ variant: Variant? = nil, weights: WeightSource, width: Int = 64
  ) throws -> ResNet {
    try ResNet(.resNet152, variant, weights: weights, width: width)
  }

  /// Creates a network with weights from a file; the preprocessing is that of whoever trained them.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - variant: whose; that of the weights, if not given. Keras' weights of 2017 and 2018 are taken to be `kerasUnpadded`,
  ///     since the file does not tell; `kerasPadded` wants to be named.
  ///   - weights: Keras' or torchvision's file, with or without the classifier, or one that Graft wrote.
  ///   - width: channels of the stem; 64 is the published network.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's or another variant's, and whatever
  ///   reading it throws.
  public convenience init(
    _ depth: Depth, _ variant: Variant? = nil, weights: WeightSource, width: Int = 64,
    report: (LoadReport) -> Void = { _ in }
  ) throws {
    let loader = ResNet.loader(depth, width: width)
    let found = try loader.encoderWeights(in: loader.open(weights, for: variant), for: variant)
    self.init(depth, variant: found.variant, width: width, preprocessing: found.preprocessing)
    try load(found.tensors)
    report(found.report)
  }

  /// A whole network with its classifier, which has as many classes as the file.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - variant: whose; that of the weights, if not given.
  ///   - weights: Keras' or torchvision's file with the classifier, or one that Graft wrote.
  ///   - width: channels of the stem; 64 is the published network.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's or another variant's, and whatever
  ///   reading it throws.
  public static func classifier(
    _ depth: Depth, _ variant: Variant? = nil, weights: WeightSource, width: Int = 64,
    report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    let loader = loader(depth, width: width)
    return try loader.network(
      in: loader.open(weights, for: variant, withTop: true), for: variant, report: report)
  }

  /// How files fill a network.
  static func loader(_ depth: Depth, width: Int = 64) -> WeightLoader<Variant, ResNet> {
    let isOfKeras = depth.hasBottlenecks
    let forms =
      (depth == .resNet50 ? [oldKerasForm] : []) + (isOfKeras ? [kerasForm(depth)] : [])
      + [torchvisionForm(depth)]
    let inputs = width * 8 * (depth.hasBottlenecks ? 4 : 1)
    return WeightLoader(
      forms: forms, variants: isOfKeras ? Variant.allCases : [.torchvision],
      architecture: { Settings(depth: depth, variant: $0, width: width).architecture },
      makeEncoder: { ResNet(depth, variant: $0, width: width, preprocessing: $1) },
      makeTop: { outputs in top(inputs: inputs, classes: outputs("predictions.kernel") ?? 1000) })
  }
}

// MARK: Names

extension ResNet {
  /// Paths of a convolution without its last component's `conv`, and what Keras calls its place.
  private struct Place {
    let stage, block, part: Int

    /// Part 0 is the shortcut.
    var path: (convolution: String, norm: String) {
      let block = "conv\(stage).block\(block)"
      return part == 0
        ? ("\(block).shortcut.conv", "\(block).shortcut.bn")
        : ("\(block).branch.conv\(part)", "\(block).branch.bn\(part)")
    }
  }

  private static func places(_ depth: Depth) -> [Place] {
    depth.blocks.enumerated().flatMap { index, count in
      (1...count).flatMap { block in
        // A stage of basic blocks begins with a projection, too, unless it keeps size and channels, as conv2 does.
        let isProjected = block == 1 && (depth.hasBottlenecks || index > 0)
        return ((isProjected ? 0 : 1)...(depth.hasBottlenecks ? 3 : 2)).map {
          Place(stage: index + 2, block: block, part: $0)
        }
      }
    }
  }

  /// Keras until 2018: `res3b_branch2a`, `bn3b_branch2a`, shortcuts `res3a_branch1`.
  private static var oldKerasForm: WeightForm<Variant> {
    let blocks = places(.resNet50).flatMap { place in
      let letters = ["a", "b", "c", "d", "e", "f"]
      let branch = place.part == 0 ? "1" : "2" + letters[place.part - 1]
      let name = "\(place.stage)\(letters[place.block - 1])_branch\(branch)"
      return KerasNames.kernelAndBias(place.path.convolution, layer: "res" + name)
        + KerasNames.batchNorm(place.path.norm, layer: "bn" + name)
    }
    return WeightForm(
      name: "ResNet-50 (Keras until 2018)", variants: [.kerasUnpadded, .kerasPadded], preprocessing: .caffe,
      encoder: KerasNames.kernelAndBias("conv1.conv", layer: "conv1")
        + KerasNames.batchNorm("conv1.bn", layer: "bn_conv1") + blocks,
      top: KerasNames.kernelAndBias("predictions", layer: "fc1000"),
      advice: "use ResNet.resNet50(.kerasUnpadded)")
  }

  /// Keras since 2019: `conv3_block2_1_conv`, `conv3_block2_1_bn`, shortcuts `conv3_block1_0_conv`.
  private static func kerasForm(_ depth: Depth) -> WeightForm<Variant> {
    let blocks = places(depth).flatMap { place in
      let name = "conv\(place.stage)_block\(place.block)_\(place.part)"
      return KerasNames.kernelAndBias(place.path.convolution, layer: name + "_conv")
        + KerasNames.batchNorm(place.path.norm, layer: name + "_bn")
    }
    return WeightForm(
      name: "\(depth.title) (Keras since 2019)", variants: [.keras], preprocessing: .caffe,
      encoder: KerasNames.kernelAndBias("conv1.conv", layer: "conv1_conv")
        + KerasNames.batchNorm("conv1.bn", layer: "conv1_bn") + blocks,
      top: KerasNames.kernelAndBias("predictions", layer: "predictions"),
      advice: "use ResNet.\(depth.rawValue)(.keras)")
  }

  /// torchvision: `layer2.1.conv1`, `layer2.1.bn1`, shortcuts `layer2.0.downsample.0` and `.1`.
  private static func torchvisionForm(_ depth: Depth) -> WeightForm<Variant> {
    let blocks = places(depth).flatMap { place in
      let module = "layer\(place.stage - 1).\(place.block - 1)."
      let names =
        place.part == 0
        ? ("downsample.0", "downsample.1") : ("conv\(place.part)", "bn\(place.part)")
      return PyTorchNames.convolution(place.path.convolution, module: module + names.0, usesBias: false)
        + PyTorchNames.batchNorm(place.path.norm, module: module + names.1)
    }
    return WeightForm(
      name: "\(depth.title) (torchvision)", variants: [.torchvision], preprocessing: .torch,
      encoder: PyTorchNames.convolution("conv1.conv", module: "conv1", usesBias: false)
        + PyTorchNames.batchNorm("conv1.bn", module: "bn1") + blocks,
      top: PyTorchNames.dense("predictions", module: "fc"),
      advice: "use ResNet.\(depth.rawValue)\(depth.hasBottlenecks ? "(.torchvision)" : "")")
  }
}
