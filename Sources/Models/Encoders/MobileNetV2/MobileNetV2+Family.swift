import GraftImages
import GraftWeights

extension EncoderFamily {
  /// ``MobileNetV2``.
  public static let mobileNetV2 = EncoderFamily(
    MobileNetV2.family, networks: [.mobileNetV2], publishedWeights: [.torchvisionMobileNetV2],
    top: { (settings: MobileNetV2.Settings, file) in MobileNetV2.loader(width: settings.width).top(in: file)
    },
    encoder: { (settings: MobileNetV2.Settings, preprocessing) in
      guard settings.width > 0, settings.width <= 16 else {
        throw ArchitectureError("a MobileNetV2 cannot be \(settings.width) times as wide")
      }
      return MobileNetV2(width: settings.width, preprocessing: preprocessing)
    })
}

extension KnownNetwork {
  fileprivate static let mobileNetV2 = KnownNetwork(
    "mobilenet_v2", poolsFeatures: true, tables: { MobileNetV2.loader().forms.map(\.encoderTable) },
    untrained: { MobileNetV2() }, classifier: { try MobileNetV2.classifier(weights: $0, report: $1) },
    encoder: { try MobileNetV2(weights: $0, report: $1) })
}

extension WeightSet {
  /// torchvision's MobileNetV2, first version (`IMAGENET1K_V1`).
  public static let torchvisionMobileNetV2 = torchvision(
    MobileNetV2.Settings().architecture, naming: "MobileNetV2 (torchvision)", "mobilenet_v2-b0353104.pth",
    14_212_972, sha256: "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889")
}
