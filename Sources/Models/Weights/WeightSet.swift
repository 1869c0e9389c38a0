import GraftImages
import GraftWeights

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
  public let architecture: Architecture
  /// How its tensors are named: the name of the naming table.
  public let naming: String
  /// Whether it has the classifying layers.
  public let hasTop: Bool
  /// How pictures become the input that the network was trained on.
  public let preprocessing: Preprocessing
  /// What is known about the terms of use.
  public let licence: String

  /// Describes a published file.
  ///
  /// - Parameters:
  ///   - name: for people.
  ///   - fileName: under which name it is published.
  ///   - address: where it is published.
  ///   - byteCount: how long it is; nil where that is not known.
  ///   - digest: of a sound copy of what lies at the address; nil where that is not known.
  ///   - architecture: of the network.
  ///   - naming: the name of the naming table.
  ///   - hasTop: whether it has the classifying layers.
  ///   - preprocessing: how pictures become the network's input.
  ///   - licence: what is known about the terms of use.
  public init(
    name: String, fileName: String, address: String, byteCount: Int? = nil, digest: Digest? = nil,
    architecture: Architecture, naming: String, hasTop: Bool, preprocessing: Preprocessing, licence: String
  ) {
    (self.name, self.fileName, self.address) = (name, fileName, address)
    (self.byteCount, self.digest) = (byteCount, digest)
    (self.architecture, self.naming, self.hasTop) = (architecture, naming, hasTop)
    (self.preprocessing, self.licence) = (preprocessing, licence)
  }
}

extension WeightSet {
  /// Every published file that Graft knows.
  public static let all = EncoderFamily.builtIn.flatMap(\.publishedWeights)

  // MARK: Publishers

  static let kerasRelease = "https://github.com/fchollet/deep-learning-models/releases/download/"

  /// What Keras published.
  static func keras(
    _ architecture: Architecture, naming: String, _ fileName: String, at folder: String, top: Bool,
    _ byteCount: Int, md5: String, licence: String
  ) -> WeightSet {
    WeightSet(
      name: "\(naming)\(top ? "" : " without its top")", fileName: fileName, address: folder + fileName,
      byteCount: byteCount, digest: .md5(md5), architecture: architecture, naming: naming, hasTop: top,
      preprocessing: .caffe, licence: licence)
  }

  /// What torchvision published.
  static func torchvision(
    _ architecture: Architecture, naming: String, _ fileName: String, _ byteCount: Int? = nil, sha256: String
  ) -> WeightSet {
    WeightSet(
      name: naming, fileName: fileName, address: "https://download.pytorch.org/models/" + fileName,
      byteCount: byteCount, digest: .sha256(sha256), architecture: architecture, naming: naming, hasTop: true,
      preprocessing: .torch,
      licence: "trained by torchvision, whose code is BSD-3-Clause; no terms of their own are published")
  }
}
