import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

extension ImageEncoder {
  /// This very encoder, with its weights and not a copy of them, for pictures of another size or that are resized by another
  /// filter; files, digests of features and caches tell the two apart.
  ///
  /// ```swift
  /// let encoder = try VGG(.vgg19, weights: .imageNet).resizingPictures(to: (width: 320, height: 256))
  /// print(encoder.outputShape(of: "block5"))  // 8×10×512
  /// ```
  /// A classifier of a fixed size, such as VGG's own, does not fit another one; a decoder wants multiples of 32.
  ///
  /// - Parameters:
  ///   - size: in pixels; that of ``preprocessing`` by default.
  ///   - filter: that of ``preprocessing`` by default.
  public func resizingPictures(
    to size: (width: Int, height: Int)? = nil, by filter: ResizeFilter? = nil
  ) -> any ImageEncoder {
    let changed = Preprocessing(
      width: size?.width ?? preprocessing.width, height: size?.height ?? preprocessing.height,
      filter: filter ?? preprocessing.filter, style: preprocessing.style)
    return changed == preprocessing ? self : ResizingEncoder(self, preprocessing: changed)
  }
}

/// An encoder whose pictures are prepared in another way; all else is that of the original.
private final class ResizingEncoder: ImageEncoder {
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
