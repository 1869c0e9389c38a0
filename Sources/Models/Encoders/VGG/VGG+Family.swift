import GraftImages
import GraftWeights

extension EncoderFamily {
  /// ``VGG`` 11, 13, 16 and 19, plain and batch-normalised.
  public static let vgg = EncoderFamily(
    VGG.family,
    networks: VGG.Variant.allCases.flatMap { variant in VGG.Depth.allCases.map { VGG.network($0, variant) } },
    publishedWeights: [
      .kerasVGG16WithoutTop, .kerasVGG16, .torchvisionVGG16, .kerasVGG19WithoutTop, .kerasVGG19,
      .torchvisionVGG19,
    ],
    top: { (settings: VGG.Settings, file) in
      VGG.loader(settings.depth, width: settings.width, file: file).top(in: file)
    },
    encoder: { (settings: VGG.Settings, preprocessing) in
      try ArchitectureError.check(settings.width, in: 1...4096, "the width of a VGG")
      return VGG(
        settings.depth, variant: settings.variant, width: settings.width, preprocessing: preprocessing,
        roundingPoolsUp: settings.roundsPoolsUp)
    })
}

extension VGG {
  fileprivate static func network(_ depth: Depth, _ variant: Variant) -> KnownNetwork {
    KnownNetwork(
      depth.rawValue + (variant == .batchNormalized ? "_bn" : ""), hiddenUnits: depth == .vgg16 ? 5 : 10,
      tables: { loader(depth).forms.filter { $0.variants.contains(variant) }.map(\.encoderTable) },
      untrained: { VGG(depth, variant: variant) },
      classifier: { try VGG.classifier(depth, variant, weights: $0, report: $1) },
      encoder: { try VGG(depth, variant, weights: $0, report: $1) })
  }
}

extension WeightSet {
  private static let licence =
    "CC BY 4.0 (Visual Geometry Group, University of Oxford); converted for Keras under MIT"

  private static func keras(
    _ depth: VGG.Depth, _ fileName: String, top: Bool, _ byteCount: Int, md5: String
  ) -> WeightSet {
    .keras(
      VGG.Settings(depth: depth).architecture, naming: "\(depth.title) (Keras)", fileName,
      at: kerasRelease + "v0.1/", top: top, byteCount, md5: md5, licence: licence)
  }

  /// Keras' VGG16 with its top.
  public static let kerasVGG16 = keras(
    .vgg16, "vgg16_weights_tf_dim_ordering_tf_kernels.h5", top: true, 553_467_096,
    md5: "64373286793e3c8b2b4e3219cbf3544b")
  /// Keras' VGG16 without its top.
  public static let kerasVGG16WithoutTop = keras(
    .vgg16, "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", top: false, 58_889_256,
    md5: "6d6bbae143d832006294945121d1f1fc")
  /// Keras' VGG19 with its top.
  public static let kerasVGG19 = keras(
    .vgg19, "vgg19_weights_tf_dim_ordering_tf_kernels.h5", top: true, 574_710_816,
    md5: "cbe5617147190e668d6c5d5026f83318")
  /// Keras' VGG19 without its top.
  public static let kerasVGG19WithoutTop = keras(
    .vgg19, "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5", top: false, 80_134_624,
    md5: "253f8cb515780f3b799900260a226db6")

  /// torchvision's VGG16.
  public static let torchvisionVGG16 = torchvision(
    VGG.Settings(depth: .vgg16).architecture, naming: "VGG16 (torchvision)", "vgg16-397923af.pth",
    553_433_881,
    sha256: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0")
  /// torchvision's VGG19.
  public static let torchvisionVGG19 = torchvision(
    VGG.Settings(depth: .vgg19).architecture, naming: "VGG19 (torchvision)", "vgg19-dcbb9e9d.pth",
    574_673_361,
    sha256: "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44")
}
