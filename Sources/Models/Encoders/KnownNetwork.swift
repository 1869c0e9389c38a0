import GraftWeights

/// The published networks by name, for command lines; in a program, use the types themselves.
public enum KnownNetwork: String, Sendable, Codable, CaseIterable {
  case vgg11, vgg13, vgg16, vgg19
  case vgg11BatchNormalized = "vgg11_bn"
  case vgg13BatchNormalized = "vgg13_bn"
  case vgg16BatchNormalized = "vgg16_bn"
  case vgg19BatchNormalized = "vgg19_bn"
  case resNet18 = "resnet18"
  case resNet34 = "resnet34"
  case resNet50 = "resnet50"
  case resNet101 = "resnet101"
  case resNet152 = "resnet152"
  case mobileNetV2 = "mobilenet_v2"
  case vggFace = "vgg_face"

  private enum Family {
    case vgg(VGG.Depth, VGG.Variant)
    case resNet(ResNet.Depth)
    case mobileNetV2
    case vggFace
  }

  private var family: Family {
    switch self {
    case .vgg11: .vgg(.vgg11, .plain)
    case .vgg13: .vgg(.vgg13, .plain)
    case .vgg16: .vgg(.vgg16, .plain)
    case .vgg19: .vgg(.vgg19, .plain)
    case .vgg11BatchNormalized: .vgg(.vgg11, .batchNormalized)
    case .vgg13BatchNormalized: .vgg(.vgg13, .batchNormalized)
    case .vgg16BatchNormalized: .vgg(.vgg16, .batchNormalized)
    case .vgg19BatchNormalized: .vgg(.vgg19, .batchNormalized)
    case .resNet18: .resNet(.resNet18)
    case .resNet34: .resNet(.resNet34)
    case .resNet50: .resNet(.resNet50)
    case .resNet101: .resNet(.resNet101)
    case .resNet152: .resNet(.resNet152)
    case .mobileNetV2: .mobileNetV2
    case .vggFace: .vggFace
    }
  }

  /// Whether its own classifier sees the mean of the features over the image, rather than all of them.
  public var poolsFeatures: Bool {
    switch family {
    case .vgg, .vggFace: false
    case .resNet, .mobileNetV2: true
    }
  }

  /// The network without its classifier; its variant is that of the weights.
  ///
  /// - Parameters:
  ///   - weights: where they come from.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's, and whatever reading it throws.
  public func encoder(
    weights: WeightSource, report: (LoadReport) -> Void = { _ in }
  ) throws -> any ImageEncoder {
    switch family {
    case .vgg(let depth, let variant): try VGG(depth, variant, weights: weights, report: report)
    case .resNet(let depth): try ResNet(depth, weights: weights, report: report)
    case .mobileNetV2: try MobileNetV2(weights: weights, report: report)
    case .vggFace: try VGGFace(weights: weights, report: report)
    }
  }

  /// The network with its classifier; its variant is that of the weights.
  ///
  /// - Parameters:
  ///   - weights: where they come from.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's or has no classifier, and whatever
  ///   reading it throws.
  public func classifier(
    weights: WeightSource, report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    switch family {
    case .vgg(let depth, let variant):
      try VGG.classifier(depth, variant, weights: weights, report: report)
    case .resNet(let depth): try ResNet.classifier(depth, weights: weights, report: report)
    case .mobileNetV2: try MobileNetV2.classifier(weights: weights, report: report)
    case .vggFace: try VGGFace.classifier(weights: weights, report: report)
    }
  }

  /// The network that a naming table of the library belongs to; nil for other tables.
  ///
  /// - Parameter naming: for instance `VGG19 with batch normalisation (torchvision)`, as a `LoadReport` has it.
  public init?(naming: String) {
    guard let network = Self.allCases.first(where: { $0.namings.contains(naming) }) else { return nil }
    self = network
  }

  private var namings: [String] {
    switch family {
    case .vgg(let depth, let variant):
      VGG.loader(depth).forms.filter { $0.variants.contains(variant) }.map(\.name)
    case .resNet(let depth): ResNet.loader(depth).forms.map(\.name)
    case .mobileNetV2: MobileNetV2.loader().forms.map(\.name)
    case .vggFace: VGGFace.loader(VGGFace.Size(), .vggFace).forms.map(\.name)
    }
  }

  /// How files name the weights of all of these: by them, a file of another network than the wanted one is recognized.
  static var tables: [NamingTable] {
    VGG.Depth.allCases.flatMap { VGG.loader($0).forms.map(\.encoderTable) }
      + ResNet.Depth.allCases.flatMap { ResNet.loader($0).forms.map(\.encoderTable) }
      + MobileNetV2.loader().forms.map(\.encoderTable)
      + VGGFace.loader(VGGFace.Size(), .vggFace).forms.map(\.encoderTable)
  }
}

extension LoadReport {
  /// The same for a command line: says by which option to name the network that the file looks like.
  ///
  /// - Parameter option: takes the name of a ``KnownNetwork``: `--encoder`.
  public func advising(option: String) -> LoadReport {
    guard let resemblance else { return self }
    return advising(KnownNetwork(naming: resemblance.name).map { "name it with \(option) \($0.rawValue)" })
  }
}
