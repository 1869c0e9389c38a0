import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension VGGFace {
  /// Creates a VGG-Face with weights from a file, as wide as the file says.
  ///
  /// - Parameters:
  ///   - weights: the authors' `VGG_FACE.caffemodel`, a conversion of it that keeps the names, or a file that Graft
  ///     wrote.
  ///   - description: the network that belongs to them (`VGG_FACE_deploy.prototxt`), to be checked; it is not needed.
  ///   - mean: the average picture to be subtracted, of which the average of each channel is taken; the authors' means
  ///     by default.
  /// - Throws: `LoadReport` if the file is no such network's; `WeightFileError` if the description or the mean is not;
  ///   and whatever reading them throws.
  public convenience init(
    weights: WeightSource, description: CaffeNetwork? = nil, mean: CaffeMean? = nil
  ) throws {
    let file = try Self.open(weights)
    let preprocessing = try Self.preprocessing(in: file, mean)
    let (size, _) = try Self.sizes(in: file, description)
    self.init(size: size, preprocessing: preprocessing)
    let wanted = stateShapes
    let tables = [
      Self.caffeNames(size, preprocessing, isTopOptional: true),
      .graft(paths: wanted.map(\.path)),
      NamingTable(
        "Graft's own names", wanted.map { .init($0.path, from: "encoder.\($0.path)") },
        ignorable: Set(file.names.filter { !$0.hasPrefix("encoder.") })),
    ]
    try load(file.parameters(wanted, namedBy: tables, relatives: KnownNetwork.tables).tensors)
  }

  /// A whole VGG-Face, which gives a logit for each person that the file knows: 2,622 in the published one.
  ///
  /// Parameters are those of ``init(weights:description:mean:)``; besides:
  ///
  /// - Parameter classNames: the people, in the order of the logits: the lines of the authors' `names.txt`.
  public static func classifier(
    weights: WeightSource, description: CaffeNetwork? = nil, mean: CaffeMean? = nil,
    classNames: [String]? = nil
  ) throws -> ClassificationNetwork {
    let file = try open(weights)
    let preprocessing = try preprocessing(in: file, mean)
    let (size, classes) = try sizes(in: file, description)
    require(
      classNames.map { $0.count == classes } ?? true,
      "There are \(classNames?.count ?? 0) names for the \(classes) classes of this file.")
    let network = ClassificationNetwork(
      encoder: VGGFace(size: size, preprocessing: preprocessing), top: top(size, classes: classes),
      classNames: classNames)
    let wanted = network.stateShapes
    let tables = [
      caffeNames(size, preprocessing, below: "encoder.", top: "top."), .graft(paths: wanted.map(\.path)),
    ]
    try network.load(file.parameters(wanted, namedBy: tables, relatives: KnownNetwork.tables).tensors)
    return network
  }

  /// The last dense layer, `fc8`, on flattened embeddings; it gives logits.
  ///
  /// - Parameters:
  ///   - size: of the encoder.
  ///   - classes: how many people; 2,622 in the published network.
  ///   - random: what the kernel is drawn from.
  public static func top(
    _ size: Size = Size(), classes: Int = 2622, random: RandomStream = RandomStream(seed: 0)
  ) -> Sequential {
    let fc8 = Dense(inputs: size.hiddenUnits, outputs: classes, random: random.child("fc8"))
    return Sequential([("flatten", Flatten()), ("fc8", fc8)])
  }

  private static func open(_ weights: WeightSource) throws -> any WeightFile {
    let file = try weights.open([.vggFace], of: "VGG-Face")
    try file.checkArchitecture(isOneOf: ["VGG-Face"])
    return file
  }

  /// The names in the authors' Caffe file.
  ///
  /// - Parameters:
  ///   - prefix: of the paths of the encoder.
  ///   - top: of the paths of the last layer.
  ///   - isTopOptional: whether that may be left unused.
  static func caffeNames(
    _ size: Size, _ preprocessing: Preprocessing, below prefix: String = "", top: String = "",
    isTopOptional: Bool = false
  ) -> NamingTable {
    let map = featureMap(width: size.width, preprocessing)
    let flattened = WeightLayout.denseOIFlattenedCHW(channels: map[2], height: map[0], width: map[1])
    let dense =
      CaffeNames.layer("\(prefix)fc6", named: "fc6", layout: flattened)
      + CaffeNames.layer("\(prefix)fc7", named: "fc7", layout: .denseOI)
      + CaffeNames.layer("\(top)fc8", named: "fc8", layout: .denseOI, isOptional: isTopOptional)
    return NamingTable(
      "VGG-Face (Caffe)", VGG.Depth.vgg16.caffeEntries(below: prefix) + dense, advice: "use VGGFace")
  }

  private static func preprocessing(in file: any WeightFile, _ mean: CaffeMean?) throws -> Preprocessing {
    guard let mean else { return Preprocessing(metadata: file.metadata) ?? .vggFace }
    let means = mean.channelMeans
    guard means.count == 3, means.allSatisfy(\.isFinite) else {
      throw WeightFileError(
        .foreign, mean.file, part: "mean",
        "its averages are \(means.map { "\($0)" }.joined(separator: ", ")), and three numbers are wanted")
    }
    return Preprocessing(style: .init(channelOrder: .bgr, mean: SIMD3(means[0], means[1], means[2])))
  }
}

// MARK: Sizes

extension VGGFace {
  /// How wide the network of a file is, and how many people it knows, by its biases; the published numbers where it has
  /// none, which the load report then says.
  private static func sizes(
    in file: any WeightFile, _ description: CaffeNetwork?
  ) throws -> (size: Size, classes: Int) {
    func count(_ names: String...) -> Int? { names.lazy.compactMap { file.shape(of: $0)?.first }.first }
    let size = Size(
      width: count("conv1_1/1", "encoder.block1.conv1.bias", "block1.conv1.bias") ?? 64,
      hiddenUnits: count("fc6/1", "encoder.fc6.bias", "fc6.bias") ?? 4096)
    let classes = count("fc8/1", "top.fc8.bias") ?? 2622
    if let description { try check(description, size, classes: classes) }
    return (size, classes)
  }

  /// Makes sure that a description is that of VGG-Face: its convolutions, poolings and dense layers in their order, of
  /// these sizes.
  private static func check(_ network: CaffeNetwork, _ size: Size, classes: Int) throws {
    let described = network.layers.compactMap(Step.init)
    let wanted = steps(size, classes: classes)
    for (index, step) in wanted.enumerated()
    where !described.indices.contains(index) || described[index] != step {
      let found = described.indices.contains(index) ? "\(described[index])" : "nothing more"
      throw WeightFileError(
        .foreign, network.file, "it should describe \(step), and describes \(found)",
        remedy: "Take the description that belongs to these weights: VGG_FACE_deploy.prototxt.")
    }
    guard described.count == wanted.count else {
      throw WeightFileError(
        .foreign, network.file, "it describes \(described[wanted.count]) after the last layer of VGG-Face",
        remedy: "Take the description that belongs to these weights: VGG_FACE_deploy.prototxt.")
    }
  }

  /// A layer that decides about numbers, as far as VGG-Face's differ.
  private struct Step: Equatable, CustomStringConvertible {
    let name: String
    let kind: CaffeNetwork.Settings

    init?(_ layer: CaffeNetwork.Layer) {
      switch layer.settings {
      case .convolution, .pooling, .innerProduct: (name, kind) = (layer.name, layer.settings)
      case .dropout, .none: return nil
      }
    }

    init(_ name: String, _ kind: CaffeNetwork.Settings) { (self.name, self.kind) = (name, kind) }

    var description: String {
      switch kind {
      case .convolution(let convolution):
        let (kernel, padding) = (convolution.kernel, convolution.padding)
        return
          "\(name), a convolution of \(kernel.height)×\(kernel.width) to \(convolution.outputs) channels, "
          + "padded by \(padding.height) and \(padding.width)"
      case .pooling(let pooling):
        let window = pooling.window.map { "\($0.height)×\($0.width)" } ?? "the whole image"
        return "\(name), a pooling of \(window)"
      case .innerProduct(let outputs, _, _): return "\(name), a dense layer of \(outputs) units"
      case .dropout, .none: return name
      }
    }
  }

  private static func steps(_ size: Size, classes: Int) -> [Step] {
    let blocks = VGG.Depth.vgg16.convolutions.enumerated().flatMap { block, count -> [Step] in
      let convolution = CaffeNetwork.Convolution(
        outputs: size.width * min(1 << block, 8), kernel: .square(3), padding: .square(1))
      let pooling = CaffeNetwork.Pooling(window: .square(2), strides: .square(2))
      return (1...count).map { Step("conv\(block + 1)_\($0)", .convolution(convolution)) }
        + [Step("pool\(block + 1)", .pooling(pooling))]
    }
    let units = [("fc6", size.hiddenUnits), ("fc7", size.hiddenUnits), ("fc8", classes)]
    return blocks + units.map { Step($0, .innerProduct(outputs: $1, usesBias: true, isTransposed: false)) }
  }
}
