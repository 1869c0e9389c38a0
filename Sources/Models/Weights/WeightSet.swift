import GraftImages

/// A published weight file: what it is called and where it comes from, and what there is to know about it.
///
/// Graft downloads nothing. Put the file into `$GRAFT_WEIGHTS` or `~/.cache/graft`, where
/// ``WeightSource/published(_:)`` and ``WeightSource/imageNet`` look for it, or name it.
public struct WeightSet: Sendable, Hashable {
  /// What a sound copy has.
  public enum Digest: Sendable, Hashable {
    /// 32 hexadecimal digits.
    case md5(String)
    /// 64 hexadecimal digits.
    case sha256(String)
  }

  /// For people: `Keras' VGG16`.
  public let name: String
  /// Under which name it is published.
  public let fileName: String
  /// Where it is published.
  public let address: String
  /// How long it is; nil where that is not known.
  public let byteCount: Int?
  /// What a sound copy of what lies at the address has, be it the file or an archive with it; nil where that is not known.
  public let digest: Digest?
  /// The network and the variant of it; see ``ImageEncoder/architecture``.
  public let architecture: String
  /// How its tensors are named: the name of the naming table.
  public let naming: String
  /// Whether it has the classifying layers.
  public let hasTop: Bool
  /// How pictures become the input that the network was trained on.
  public let preprocessing: Preprocessing
  /// What is known about the terms of use.
  public let licence: String
}

extension WeightSet {
  private static let kerasRelease = "https://github.com/fchollet/deep-learning-models/releases/download/"
  private static let kerasApplications =
    "https://github.com/keras-team/keras-applications/releases/download/resnet/"
  private static let torchvision = "https://download.pytorch.org/models/"

  private static let oxford =
    "CC BY 4.0 (Visual Geometry Group, University of Oxford); converted for Keras under MIT"
  private static let microsoft = "MIT (K. He et al.); converted for Keras under MIT"
  private static let torchvisionLicence =
    "trained by torchvision, whose code is BSD-3-Clause; no terms of their own are published"

  private static func keras(
    _ architecture: String, naming: String, _ fileName: String, at folder: String, top: Bool,
    _ byteCount: Int,
    md5: String, licence: String
  ) -> WeightSet {
    WeightSet(
      name: "\(naming)\(top ? "" : " without its top")", fileName: fileName, address: folder + fileName,
      byteCount: byteCount, digest: .md5(md5), architecture: architecture, naming: naming, hasTop: top,
      preprocessing: .caffe, licence: licence)
  }

  private static func torchvision(
    _ architecture: String, naming: String, _ fileName: String, _ byteCount: Int? = nil, sha256: String
  ) -> WeightSet {
    WeightSet(
      name: naming, fileName: fileName, address: torchvision + fileName, byteCount: byteCount,
      digest: .sha256(sha256), architecture: architecture, naming: naming, hasTop: true,
      preprocessing: .torch,
      licence: torchvisionLicence)
  }

  // MARK: Keras

  /// Keras' VGG16 with its top.
  public static let kerasVGG16 = keras(
    "VGG16", naming: "VGG16 (Keras)", "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    at: kerasRelease + "v0.1/", top: true, 553_467_096, md5: "64373286793e3c8b2b4e3219cbf3544b",
    licence: oxford)
  /// Keras' VGG16 without its top.
  public static let kerasVGG16WithoutTop = keras(
    "VGG16", naming: "VGG16 (Keras)", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    at: kerasRelease + "v0.1/", top: false, 58_889_256, md5: "6d6bbae143d832006294945121d1f1fc",
    licence: oxford)
  /// Keras' VGG19 with its top.
  public static let kerasVGG19 = keras(
    "VGG19", naming: "VGG19 (Keras)", "vgg19_weights_tf_dim_ordering_tf_kernels.h5",
    at: kerasRelease + "v0.1/", top: true, 574_710_816, md5: "cbe5617147190e668d6c5d5026f83318",
    licence: oxford)
  /// Keras' VGG19 without its top.
  public static let kerasVGG19WithoutTop = keras(
    "VGG19", naming: "VGG19 (Keras)", "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    at: kerasRelease + "v0.1/", top: false, 80_134_624, md5: "253f8cb515780f3b799900260a226db6",
    licence: oxford)
  /// Keras' ResNet-50 of 2017 and 2018, with its top.
  public static let kerasResNet50Of2018 = keras(
    ResNet.architecture(.resNet50, .kerasUnpadded), naming: "ResNet-50 (Keras until 2018)",
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5", at: kerasRelease + "v0.2/", top: true, 102_853_048,
    md5: "a7b3fe01876f51b976af0dea6bc144eb", licence: microsoft)
  /// Keras' ResNet-50 of 2017 and 2018, without its top.
  public static let kerasResNet50Of2018WithoutTop = keras(
    ResNet.architecture(.resNet50, .kerasUnpadded), naming: "ResNet-50 (Keras until 2018)",
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", at: kerasRelease + "v0.2/", top: false,
    94_653_016,
    md5: "a268eb855778b3df3c7506639542a6af", licence: microsoft)
  /// Keras' ResNet-50 since 2019, with its top. The file has the name of that of 2018, and other weights.
  public static let kerasResNet50 = keras(
    ResNet.architecture(.resNet50, .keras), naming: "ResNet-50 (Keras since 2019)",
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5", at: kerasApplications, top: true, 102_967_424,
    md5: "2cb95161c43110f7111970584f804107", licence: microsoft)
  /// Keras' ResNet-50 since 2019, without its top. The file has the name of that of 2018, and other weights.
  public static let kerasResNet50WithoutTop = keras(
    ResNet.architecture(.resNet50, .keras), naming: "ResNet-50 (Keras since 2019)",
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", at: kerasApplications, top: false, 94_765_736,
    md5: "4d473c1dd8becc155b73f8504c6f6626", licence: microsoft)

  // MARK: torchvision

  /// torchvision's VGG16.
  public static let torchvisionVGG16 = torchvision(
    "VGG16", naming: "VGG16 (torchvision)", "vgg16-397923af.pth", 553_433_881,
    sha256: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0")
  /// torchvision's VGG19.
  public static let torchvisionVGG19 = torchvision(
    "VGG19", naming: "VGG19 (torchvision)", "vgg19-dcbb9e9d.pth", 574_673_361,
    sha256: "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44")
  /// torchvision's ResNet-50, first version (`IMAGENET1K_V1`).
  public static let torchvisionResNet50 = torchvision(
    ResNet.architecture(.resNet50, .torchvision), naming: "ResNet-50 (torchvision)",
    "resnet50-0676ba61.pth", 102_530_333,
    sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a")
  /// torchvision's ResNet-50, second version (`IMAGENET1K_V2`): the same network, trained longer.
  public static let torchvisionResNet50Version2 = torchvision(
    ResNet.architecture(.resNet50, .torchvision), naming: "ResNet-50 (torchvision)",
    "resnet50-11ad3fa6.pth",
    sha256: "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca")

  /// torchvision's MobileNetV2, first version (`IMAGENET1K_V1`).
  public static let torchvisionMobileNetV2 = torchvision(
    MobileNetV2.architecture, naming: "MobileNetV2 (torchvision)", "mobilenet_v2-b0353104.pth", 14_212_972,
    sha256: "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889")

  // MARK: Oxford

  /// The original VGG-Face, 2,622 people. It comes in an archive with its prototxt and the people's names: unpack that
  /// first.
  public static let vggFace = WeightSet(
    name: "VGG-Face", fileName: "VGG_FACE.caffemodel",
    address: "https://www.robots.ox.ac.uk/~vgg/software/vgg_face/src/vgg_face_caffe.tar.gz", byteCount: nil,
    digest: .md5("ee707ac6e890bc148cb155adeaad12be"), architecture: "VGG-Face", naming: "VGG-Face (Caffe)",
    hasTop: true, preprocessing: .vggFace,
    licence:
      "for research only: CC BY-NC 4.0, as far as is known (Visual Geometry Group, University of Oxford)")

  /// Every published file that Graft knows.
  public static let all = [
    kerasVGG16WithoutTop, kerasVGG16, torchvisionVGG16, kerasVGG19WithoutTop, kerasVGG19, torchvisionVGG19,
    kerasResNet50WithoutTop, kerasResNet50, torchvisionResNet50, torchvisionResNet50Version2,
    kerasResNet50Of2018WithoutTop, kerasResNet50Of2018, torchvisionMobileNetV2, vggFace,
  ]
}
