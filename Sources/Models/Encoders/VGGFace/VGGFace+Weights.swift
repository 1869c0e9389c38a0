import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension VGGFace {
  /// Creates a VGG-Face with weights from a file, as wide as the file says.
  ///
  /// - Parameters:
  ///   - weights: the authors' `VGG_FACE.caffemodel`, a conversion of it that keeps the names, caffe-tensorflow's
  ///     `VGG_FACE.npy`, or a file that Graft wrote.
  ///   - description: the network that belongs to them (`VGG_FACE_deploy.prototxt`), to be checked; it is not needed.
  ///   - mean: the average picture to be subtracted, of which the average of each channel is taken; the authors' means
  ///     by default. What a file of Graft's says of itself comes first.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` if the file is no such network's; `WeightFileError` if the description or the mean is not;
  ///   and whatever reading them throws.
  public convenience init(
    weights: WeightSource, description: CaffeNetwork? = nil, mean: CaffeMean? = nil,
    report: (LoadReport) -> Void = { _ in }
  ) throws {
    let (file, size) = try Self.open(weights, description)
    let found = try Self.loader(size, Self.preprocessing(mean)).encoderWeights(in: file, for: size)
    self.init(size: size, preprocessing: found.preprocessing)
    try load(found.tensors)
    report(found.report)
  }

  /// A whole VGG-Face, which gives a logit for each person that the file knows: 2,622 in the published one.
  ///
  /// Parameters are those of ``init(weights:description:mean:report:)``; besides:
  ///
  /// - Parameter classNames: the people, in the order of the logits: the lines of the authors' `names.txt`. Those that
  ///   the file knows, if it does, by default.
  public static func classifier(
    weights: WeightSource, description: CaffeNetwork? = nil, mean: CaffeMean? = nil,
    classNames: [String]? = nil, report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    let (file, size) = try open(weights, description)
    let network = try loader(size, preprocessing(mean)).network(in: file, for: size, report: report)
    guard let classNames else { return network }
    return ClassificationNetwork(encoder: network.encoder, top: network.top, classNames: classNames)
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

  /// How files fill a VGG-Face.
  static func loader(_ size: Size, _ preprocessing: Preprocessing) -> WeightLoader<Size, VGGFace> {
    let map = featureMap(width: size.width, preprocessing)
    let flattened = WeightLayout.denseOIFlattenedCHW(channels: map[2], height: map[0], width: map[1])
    func form(
      _ origin: String, encoder: [NamingTable.Entry], top: [NamingTable.Entry]
    ) -> WeightForm<Size> {
      WeightForm(
        name: "VGG-Face (\(origin))", variants: [size], preprocessing: preprocessing, encoder: encoder,
        top: top, advice: "use VGGFace")
    }
    let caffe = form(
      "Caffe",
      encoder: VGG.Depth.vgg16.caffeEntries
        + CaffeNames.kernelAndBias("fc6", layer: "fc6", layout: flattened)
        + CaffeNames.kernelAndBias("fc7", layer: "fc7", layout: .denseOI),
      top: CaffeNames.kernelAndBias("fc8", layer: "fc8", layout: .denseOI))
    return WeightLoader(
      forms: [
        caffe,
        form(
          "caffe-tensorflow", encoder: caffe.encoder.map(\.inTensorFlow), top: caffe.top.map(\.inTensorFlow)),
      ],
      variants: [size], architecture: \.architecture,
      makeEncoder: { VGGFace(size: $0, preprocessing: $1) },
      makeTop: { outputs in top(size, classes: outputs("fc8.kernel") ?? 2622) })
  }

  private static func open(
    _ weights: WeightSource, _ description: CaffeNetwork?
  ) throws -> (file: any WeightFile, size: Size) {
    let file = try loader(Size(), .vggFace).open(weights, for: nil)
    let (size, classes) = sizes(in: file)
    if let description { try check(description, size, classes: classes) }
    return (file, size)
  }

  private static func preprocessing(_ mean: CaffeMean?) throws -> Preprocessing {
    guard let mean else { return .vggFace }
    let means = mean.channelMeans
    guard means.count == 3, means.allSatisfy(\.isFinite) else {
      throw WeightFileError(
        .foreign, mean.file, part: "mean",
        "its averages are \(means.map { "\($0)" }.joined(separator: ", ")), and three numbers are wanted")
    }
    return Preprocessing(style: .init(channelOrder: .bgr, mean: SIMD3(means[0], means[1], means[2])))
  }
}

extension NamingTable.Entry {
  /// The same parameter in a file that caffe-tensorflow wrote, which orders the numbers as TensorFlow does: `fc6/weights`
  /// and `fc6/biases` for `fc6/0` and `fc6/1`.
  fileprivate var inTensorFlow: NamingTable.Entry {
    let name = fileNames.first ?? path
    return NamingTable.Entry(path, from: name.dropLast() + (name.hasSuffix("0") ? "weights" : "biases"))
  }
}

// MARK: Sizes

extension VGGFace {
  /// How wide the network of a file is, and how many people it knows, by its biases; the published numbers where it has
  /// none, which the load report then says.
  private static func sizes(in file: any WeightFile) -> (size: Size, classes: Int) {
    func count(_ caffe: String, _ path: String) -> Int? {
      let names = [
        "\(caffe)/1", "\(caffe)/biases", "encoder.\(path).bias", "\(path).bias", "top.\(path).bias",
      ]
      return names.lazy.compactMap { file.shape(of: $0).flatMap { $0.rank == 1 && $0[0] > 0 ? $0[0] : nil } }
        .first
    }
    let size = Size(
      width: count("conv1_1", "block1.conv1") ?? 64, hiddenUnits: count("fc6", "fc6") ?? 4096)
    return (size, count("fc8", "fc8") ?? 2622)
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
