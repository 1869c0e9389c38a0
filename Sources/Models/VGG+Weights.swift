import Foundation
import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension VGG {
  /// VGG16 without its classifier.
  ///
  /// - Parameters:
  ///   - weights: Keras', torchvision's or the authors' (Caffe) file, with or without the classifier, or one that Graft wrote.
  ///   - width: channels of the first block; 64 is the published network.
  /// - Throws: `LoadReport` if the file is no such network's, and whatever reading it throws.
  public static func vgg16(weights: WeightSource, width: Int = 64) throws -> VGG {
    try VGG(.vgg16, weights: weights, width: width)
  }

  /// VGG19 without its classifier.
  ///
  /// - Parameters:
  ///   - weights: Keras', torchvision's or the authors' (Caffe) file, with or without the classifier, or one that Graft wrote.
  ///   - width: channels of the first block; 64 is the published network.
  /// - Throws: `LoadReport` if the file is no such network's, and whatever reading it throws.
  public static func vgg19(weights: WeightSource, width: Int = 64) throws -> VGG {
    try VGG(.vgg19, weights: weights, width: width)
  }

  /// Creates a VGG with weights from a file; the preprocessing is that of whoever trained them.
  public convenience init(_ depth: Depth, weights: WeightSource, width: Int = 64) throws {
    let published = ["\(depth.rawValue)_weights_tf_dim_ordering_tf_kernels_notop.h5"]
    let file = try openWeightFile(at: weights.resolved(publishedAs: published, for: depth.title))
    let wanted = VGG(depth, width: width).stateShapes
    let tables = Origin.allCases.map { $0.table(of: depth, paths: wanted.map(\.path)) }
    let (tensors, report) = try file.parameters(wanted, namedBy: tables, relatives: VGG.tables)
    let origin = Origin.allCases.first { $0.table(of: depth, paths: []).name == report.table }
    self.init(depth, width: width, preprocessing: origin?.preprocessing(in: file) ?? .caffe)
    try load(tensors)
  }

  /// The tables of all depths, to recognize a file that belongs to one of them.
  static var tables: [NamingTable] {
    Depth.allCases.flatMap { depth in Origin.allCases.dropLast().map { $0.table(of: depth, paths: []) } }
  }

  /// Who wrote a file: that decides about names, layouts and preprocessing.
  private enum Origin: CaseIterable {
    case keras, torchvision, caffe, graft

    func table(of depth: Depth, paths: [String]) -> NamingTable {
      switch self {
      case .keras: VGG.kerasNames(depth)
      case .torchvision: VGG.torchvisionNames(depth)
      case .caffe: VGG.caffeNames(depth)
      case .graft: .graft(paths: paths)
      }
    }

    func preprocessing(in file: any WeightFile) -> Preprocessing {
      switch self {
      case .keras: .caffe
      // VGG-Face's convolutions have the same names; only its number of people tells them apart.
      case .caffe: file.shape(of: "fc8/1") == [2622] ? .vggFace : .caffe
      case .torchvision: .torch
      case .graft: Preprocessing(metadata: file.metadata) ?? .caffe
      }
    }
  }

  /// The names in Keras' files: `block1_conv1/block1_conv1/kernel:0`, without `:0` from Keras 3, and
  /// `block1_conv1/block1_conv1_W_1:0` in the files of Keras 1, which are still the published ones.
  static func kerasNames(_ depth: Depth) -> NamingTable {
    let convolutions = depth.convolutionPaths.flatMap { path in
      entries(path, layer: path.replacing(".", with: "_"))
    }
    let top = ["fc1", "fc2", "predictions"].flatMap { entries($0, layer: $0, isOptional: true) }
    return NamingTable(
      "\(depth.title) (Keras)", convolutions + top, advice: "use VGG.\(depth.rawValue)")
  }

  private static func entries(_ path: String, layer: String, isOptional: Bool = false) -> [NamingTable.Entry]
  {
    [("kernel", "W"), ("bias", "b")].map { name, old in
      .init(
        "\(path).\(name)", from: "\(layer)/\(layer)/\(name):0", "\(layer)/\(layer)/\(name)",
        "\(layer)/\(layer)_\(old)_1:0", isOptional: isOptional)
    }
  }

  /// The names in torchvision's files: `features.0.weight`, numbered with the activations and poolings between.
  static func torchvisionNames(_ depth: Depth) -> NamingTable {
    var number = 0
    var convolutions: [NamingTable.Entry] = []
    for (block, count) in depth.convolutions.enumerated() {
      for convolution in 1...count {
        let path = "block\(block + 1).conv\(convolution)"
        convolutions.append(
          .init("\(path).kernel", from: "features.\(number).weight", layout: .convolutionOIHW))
        convolutions.append(.init("\(path).bias", from: "features.\(number).bias"))
        number += 2
      }
      number += 1
    }
    let top = [("fc1", 0), ("fc2", 3), ("predictions", 6)].flatMap { path, number in
      [
        NamingTable.Entry(
          "\(path).kernel", from: "classifier.\(number).weight",
          layout: number == 0 ? .denseOIFlattenedCHW(channels: 512, height: 7, width: 7) : .denseOI,
          isOptional: true),
        .init("\(path).bias", from: "classifier.\(number).bias", isOptional: true),
      ]
    }
    return NamingTable(
      "\(depth.title) (torchvision)", convolutions + top, advice: "use VGG.\(depth.rawValue)")
  }
}

extension VGG.Depth {
  /// `block1.conv1` and so on, in order.
  var convolutionPaths: [String] {
    convolutions.enumerated().flatMap { block, count in (1...count).map { "block\(block + 1).conv\($0)" } }
  }
}
