import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension ImageEncoder {
  /// This very encoder, with its weights and not a copy of them, for pictures that are brought to its size by another
  /// filter; files, digests of features and caches tell the two apart.
  ///
  /// - Parameter filter: in place of that of ``preprocessing``.
  public func resizingPictures(by filter: ResizeFilter) -> any ImageEncoder {
    if filter == preprocessing.filter { return self }
    let (width, height, style) = (preprocessing.width, preprocessing.height, preprocessing.style)
    return RefilteredEncoder(
      self, preprocessing: Preprocessing(width: width, height: height, filter: filter, style: style))
  }
}

/// An encoder whose pictures are prepared in another way; all else is that of the original.
private final class RefilteredEncoder: ImageEncoder {
  private let base: any ImageEncoder
  let preprocessing: Preprocessing

  init(_ base: any ImageEncoder, preprocessing: Preprocessing) {
    self.base = base
    self.preprocessing = preprocessing
  }

  var stages: [EncoderStage] { base.stages }
  var architecture: Architecture { base.architecture }
  var metadata: [String: String] {
    base.metadata.merging(preprocessing.metadata) { _, own in own }
  }
}
