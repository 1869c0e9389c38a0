import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension VGG {
  /// VGG11 without its classifier; see ``init(_:_:weights:width:)``.
  public static func vgg11(_ variant: Variant = .plain, weights: WeightSource, width: Int = 64) throws -> VGG
  {
    try VGG(.vgg11, variant, weights: weights, width: width)
  }

  /// VGG13 without its classifier; see ``init(_:_:weights:width:)``.
  public static func vgg13(_ variant: Variant = .plain, weights: WeightSource, width: Int = 64) throws -> VGG
  {
    try VGG(.vgg13, variant, weights: weights, width: width)
  }

  /// VGG16 without its classifier; see ``init(_:_:weights:width:)``.
  public static func vgg16(_ variant: Variant = .plain, weights: WeightSource, width: Int = 64) throws -> VGG
  {
    try VGG(.vgg16, variant, weights: weights, width: width)
  }

  /// VGG19 without its classifier; see ``init(_:_:weights:width:)``.
  public static func vgg19(_ variant: Variant = .plain, weights: WeightSource, width: Int = 64) throws -> VGG
  {
    try VGG(.vgg19, variant, weights: weights, width: width)
  }

  /// Creates a VGG with weights from a file; the preprocessing is that of whoever trained them.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - variant: plain, or batch-normalised.
  ///   - weights: Keras', torchvision's or the authors' (Caffe) file, with or without the classifier, or one that Graft wrote.
  ///   - width: channels of the first block; 64 is the published network.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's, and whatever reading it throws.
  public convenience init(
    _ depth: Depth, _ variant: Variant = .plain, weights: WeightSource, width: Int = 64,
    report: (LoadReport) -> Void = { _ in }
  ) throws {
    let file = try VGG.loader(depth).open(weights, for: variant)
    let roundsUp = VGG.roundsPoolsUp(file)
    let loader = VGG.loader(
      depth, width: width, isVGGFace: file.shape(of: "fc8/1") == [2622], roundingPoolsUp: roundsUp)
    let found = try loader.encoderWeights(in: file, for: variant)
    self.init(
      depth, variant: variant, width: width, preprocessing: found.preprocessing, roundingPoolsUp: roundsUp)
    try load(found.tensors)
    report(found.report)
  }

  /// A whole VGG with its classifier, which has as many classes as the file.
  ///
  /// - Parameters:
  ///   - depth: which.
  ///   - variant: plain, or batch-normalised.
  ///   - weights: Keras', torchvision's or the authors' (Caffe) file with the classifier, or one that Graft wrote.
  ///   - width: channels of the first block; 64 is the published network.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` if the file is no such network's, and whatever reading it throws.
  public static func classifier(
    _ depth: Depth, _ variant: Variant = .plain, weights: WeightSource, width: Int = 64,
    report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    let file = try loader(depth).open(weights, for: variant, withTop: true)
    let loader = loader(
      depth, width: width, isVGGFace: file.shape(of: "fc8/1") == [2622],
      roundingPoolsUp: roundsPoolsUp(file), file: file)
    return try loader.network(in: file, for: variant, report: report)
  }

  /// Whether a file says that its network's poolings round up. Only Graft's own files say something.
  private static func roundsPoolsUp(_ file: any WeightFile) -> Bool {
    let recorded = ModelCard(metadata: file.metadata).architecture
    guard let recorded, recorded.family == family else { return false }
    return (try? recorded.settings(as: Settings.self).roundsPoolsUp) ?? false
  }

  /// How files fill a VGG.
  ///
  /// - Parameters:
  ///   - isVGGFace: whether a Caffe file is that of VGG-Face, whose convolutions have the names of VGG16's: only its number
  ///     of people tells them apart, and pictures are preprocessed otherwise.
  ///   - roundingPoolsUp: see ``init(_:variant:width:preprocessing:roundingPoolsUp:random:)``.
  ///   - file: the one that will be read, from which the sizes of a top are told; nil where no top is wanted.
  static func loader(
    _ depth: Depth, width: Int = 64, isVGGFace: Bool = false, roundingPoolsUp: Bool = false,
    file: (any WeightFile)? = nil
  ) -> WeightLoader<Variant, VGG> {
    let map = FeatureMap(channels: 8 * width, file: file)
    return WeightLoader(
      forms: [
        kerasForm(depth, map), torchvisionForm(depth, .plain, map),
        torchvisionForm(depth, .batchNormalized, map), caffeForm(depth, map, isVGGFace: isVGGFace),
      ],
      variants: Variant.allCases,
      architecture: {
        Settings(depth: depth, variant: $0, width: width, roundsPoolsUp: roundingPoolsUp).architecture
      },
      makeEncoder: {
        VGG(depth, variant: $0, width: width, preprocessing: $1, roundingPoolsUp: roundingPoolsUp)
      },
      makeTop: { outputs in
        top(
          channels: map.channels, side: map.side, hiddenUnits: outputs("fc1.kernel") ?? 4096,
          classes: outputs("predictions.kernel") ?? 1000)
      })
  }
}

/// The output of the last block, which the first dense layer sees flattened: 7×7×512, unless a network was made for
/// pictures of another size.
private struct FeatureMap {
  let channels: Int
  let side: Int

  init(channels: Int, file: (any WeightFile)?) {
    self.channels = channels
    let shapes = [
      // I,O in Keras' and Graft's order, O,I in PyTorch's and Caffe's.
      ("fc1/fc1/kernel:0", 0), ("fc1/fc1/kernel", 0), ("fc1/fc1_W_1:0", 0), ("fc1/vars/0", 0),
      ("top.fc1.kernel", 0),
      ("classifier.0.weight", 1), ("fc6/0", 1),
    ].compactMap { name, axis -> Int? in
      guard let shape = file?.shape(of: name), shape.rank == 2, shape[0] > 0, shape[1] > 0 else {
        return nil
      }
      return shape[axis]
    }
    let area = Double(shapes.first ?? 0) / Double(channels)
    let side = Int(area.squareRoot())
    self.side = side > 0 && Double(side * side) == area ? side : 7
  }

  /// The size of the pictures for which the map has this size.
  func preprocessing(_ style: Preprocessing.Style) -> Preprocessing {
    Preprocessing(width: 32 * side, height: 32 * side, style: style)
  }
}

extension VGG {
  /// Keras: `block1_conv1`, `fc1`, `predictions`.
  private static func kerasForm(_ depth: Depth, _ map: FeatureMap) -> WeightForm<Variant> {
    let convolutions = depth.convolutions.enumerated().flatMap { block, count in
      (1...count).flatMap {
        KerasNames.kernelAndBias(
          "block\(block + 1).conv\($0)", layer: "block\(block + 1)_conv\($0)")
      }
    }
    return WeightForm(
      name: "\(depth.title) (Keras)", variants: [.plain], preprocessing: map.preprocessing(.caffe),
      encoder: convolutions,
      top: ["fc1", "fc2", "predictions"].flatMap { KerasNames.kernelAndBias($0, layer: $0) },
      advice: "use VGG.\(depth.rawValue)")
  }

  /// torchvision: `features.0`, numbered with normalisations, activations and poolings between; `classifier.0`, whose
  /// inputs run over C,H,W.
  private static func torchvisionForm(_ depth: Depth, _ variant: Variant, _ map: FeatureMap) -> WeightForm<
    Variant
  > {
    var number = 0
    var encoder: [NamingTable.Entry] = []
    for (block, count) in depth.convolutions.enumerated() {
      for layer in 1...count {
        let path = "block\(block + 1)"
        encoder += PyTorchNames.convolution("\(path).conv\(layer)", module: "features.\(number)")
        if variant == .batchNormalized {
          encoder += PyTorchNames.batchNorm("\(path).bn\(layer)", module: "features.\(number + 1)")
          number += 1
        }
        number += 2
      }
      number += 1
    }
    let flattened = WeightLayout.denseOIFlattenedCHW(
      channels: map.channels, height: map.side, width: map.side)
    let top =
      PyTorchNames.dense("fc1", module: "classifier.0", layout: flattened)
      + PyTorchNames.dense("fc2", module: "classifier.3")
      + PyTorchNames.dense("predictions", module: "classifier.6")
    return WeightForm(
      name: "\(Settings(depth: depth, variant: variant).architecture) (torchvision)", variants: [variant],
      preprocessing: map.preprocessing(.torch), encoder: encoder, top: top,
      advice: "use VGG.\(depth.rawValue)\(variant == .batchNormalized ? "(.batchNormalized)" : "")")
  }

  /// The authors' Caffe files: `conv1_1`, and `fc6` to `fc8`, the first of which sees the features in the order C,H,W.
  private static func caffeForm(_ depth: Depth, _ map: FeatureMap, isVGGFace: Bool) -> WeightForm<Variant> {
    let flattened = WeightLayout.denseOIFlattenedCHW(
      channels: map.channels, height: map.side, width: map.side)
    return WeightForm(
      name: "\(depth.title) (Caffe)", variants: [.plain],
      preprocessing: map.preprocessing(isVGGFace ? .vggFace : .caffe), encoder: depth.caffeEntries,
      top: CaffeNames.kernelAndBias("fc1", layer: "fc6", layout: flattened)
        + CaffeNames.kernelAndBias("fc2", layer: "fc7", layout: .denseOI)
        + CaffeNames.kernelAndBias("predictions", layer: "fc8", layout: .denseOI),
      advice: "use VGG.\(depth.rawValue)")
  }
}

extension VGG.Depth {
  /// The convolutions under the names of the authors' Caffe files, `conv1_1` and so on.
  var caffeEntries: [NamingTable.Entry] {
    convolutions.enumerated().flatMap { block, count in
      (1...count).flatMap {
        CaffeNames.kernelAndBias(
          "block\(block + 1).conv\($0)", layer: "conv\(block + 1)_\($0)", layout: .convolutionOIHW)
      }
    }
  }
}
