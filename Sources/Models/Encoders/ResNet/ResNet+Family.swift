import GraftImages
import GraftWeights

extension EncoderFamily {
  /// ``ResNet`` 18, 34, 50, 101 and 152, of Keras and of torchvision.
  public static let resNet = EncoderFamily(
    ResNet.family, networks: ResNet.Depth.allCases.map(ResNet.network),
    publishedWeights: [
      .kerasResNet50WithoutTop, .kerasResNet50, .torchvisionResNet50, .torchvisionResNet50Version2,
      .kerasResNet50Of2018WithoutTop, .kerasResNet50Of2018,
    ],
    top: { (settings: ResNet.Settings, file) in
      ResNet.loader(settings.depth, width: settings.width).top(in: file)
    },
    encoder: { (settings: ResNet.Settings, preprocessing) in
      try ArchitectureError.check(settings.width, in: 1...4096, "the width of a ResNet")
      guard settings.depth.hasBottlenecks || settings.variant == .torchvision else {
        throw ArchitectureError("\(settings.depth.title) is torchvision's alone")
      }
      return ResNet(
        settings.depth, variant: settings.variant, width: settings.width, preprocessing: preprocessing)
    })
}

extension ResNet {
  fileprivate static func network(_ depth: Depth) -> KnownNetwork {
    KnownNetwork(
      depth.rawValue.lowercased(), poolsFeatures: true, tables: { loader(depth).forms.map(\.encoderTable) },
      untrained: { ResNet(depth, variant: .torchvision) },
      classifier: { try ResNet.classifier(depth, weights: $0, report: $1) },
      encoder: { try ResNet(depth, weights: $0, report: $1) })
  }
}

extension WeightSet {
  private static let licence = "MIT (K. He et al.); converted for Keras under MIT"
  private static let folder =
    "https://github.com/keras-team/keras-applications/releases/download/resnet/"
  private static func architecture(_ variant: ResNet.Variant) -> Architecture {
    ResNet.Settings(depth: .resNet50, variant: variant).architecture
  }

  /// Keras' ResNet-50 of 2017 and 2018, with its top.
  public static let kerasResNet50Of2018 = keras(
    architecture(.kerasUnpadded), naming: "ResNet-50 (Keras until 2018)",
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5", at: kerasRelease + "v0.2/", top: true, 102_853_048,
    md5: "a7b3fe01876f51b976af0dea6bc144eb", licence: licence)
  /// Keras' ResNet-50 of 2017 and 2018, without its top.
  public static let kerasResNet50Of2018WithoutTop = keras(
    architecture(.kerasUnpadded), naming: "ResNet-50 (Keras until 2018)",
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", at: kerasRelease + "v0.2/", top: false,
    94_653_016, md5: "a268eb855778b3df3c7506639542a6af", licence: licence)
  /// Keras' ResNet-50 since 2019, with its top. The file has the name of that of 2018, and other weights.
  public static let kerasResNet50 = keras(
    architecture(.keras), naming: "ResNet-50 (Keras since 2019)",
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5", at: folder, top: true, 102_967_424,
    md5: "2cb95161c43110f7111970584f804107", licence: licence)
  /// Keras' ResNet-50 since 2019, without its top. The file has the name of that of 2018, and other weights.
  public static let kerasResNet50WithoutTop = keras(
    architecture(.keras), naming: "ResNet-50 (Keras since 2019)",
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", at: folder, top: false, 94_765_736,
    md5: "4d473c1dd8becc155b73f8504c6f6626", licence: licence)

  /// torchvision's ResNet-50, first version (`IMAGENET1K_V1`).
  public static let torchvisionResNet50 = torchvision(
    architecture(.torchvision), naming: "ResNet-50 (torchvision)", "resnet50-0676ba61.pth", 102_530_333,
    sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a")
  /// torchvision's ResNet-50, second version (`IMAGENET1K_V2`): the same network, trained longer.
  public static let torchvisionResNet50Version2 = torchvision(
    architecture(.torchvision), naming: "ResNet-50 (torchvision)", "resnet50-11ad3fa6.pth",
    sha256: "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca")
}
