import GraftImages
import GraftWeights

extension EncoderFamily {
  /// ``VGGFace``.
  public static let vggFace = EncoderFamily(
    VGGFace.family, networks: [.vggFace], publishedWeights: [.vggFace],
    top: { (size: VGGFace.Size, file) in VGGFace.loader(size, .vggFace).top(in: file) },
    encoder: { (size: VGGFace.Size, preprocessing) in
      try ArchitectureError.check(size.width, in: 1...4096, "the width of a VGG-Face")
      try ArchitectureError.check(size.hiddenUnits, in: 1...(1 << 16), "the units of a VGG-Face's fc6")
      return VGGFace(size: size, preprocessing: preprocessing)
    })
}

extension KnownNetwork {
  fileprivate static let vggFace = KnownNetwork(
    "vgg_face", givesMaps: false,
    tables: { VGGFace.loader(VGGFace.Size(), .vggFace).forms.map(\.encoderTable) },
    untrained: { VGGFace() }, classifier: { try VGGFace.classifier(weights: $0, report: $1) },
    encoder: { try VGGFace(weights: $0, report: $1) })
}

extension WeightSet {
  /// The original VGG-Face, 2,622 people. It comes in an archive with its prototxt and the people's names: unpack that
  /// first.
  public static let vggFace = WeightSet(
    name: "VGG-Face", fileName: "VGG_FACE.caffemodel",
    address: "https://www.robots.ox.ac.uk/~vgg/software/vgg_face/src/vgg_face_caffe.tar.gz", byteCount: nil,
    digest: .md5("ee707ac6e890bc148cb155adeaad12be"), architecture: VGGFace.Size().architecture,
    naming: "VGG-Face (Caffe)", hasTop: true, preprocessing: .vggFace,
    licence:
      "for research only: CC BY-NC 4.0, as far as is known (Visual Geometry Group, University of Oxford)")
}
