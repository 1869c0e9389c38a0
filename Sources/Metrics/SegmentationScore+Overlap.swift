import GraftTensor

extension SegmentationScore {
  /// The mean over images of 2 I / (A + B), where I pixels are foreground in both masks, A in the predicted and B in the
  /// true one: the Dice coefficient (Dice 1945), which is the F1 score of an image's foreground.
  ///
  /// Every image weighs the same. An image without foreground in either mask counts as ``emptyUnionRule`` says. Not a
  /// number before the first image.
  public var perImageDice: Double { mean(perImageDices) }

  /// The values whose mean is ``perImageDice``, one for each image; nil where it is skipped.
  public var perImageDices: [Double?] {
    images.map { value(Double(2 * $0.intersection), Double($0.predictedCount + $0.truthCount)) }
  }

  /// Twice the intersections of all images added up, over their foregrounds added up.
  ///
  /// An image weighs as much as its foreground, and an empty one nothing; if all are empty, ``emptyUnionRule`` decides,
  /// and skipping leaves no number.
  public var globalDice: Double {
    value(Double(2 * sum(\.intersection)), Double(sum(\.predictedCount) + sum(\.truthCount))) ?? .nan
  }

  /// The mean over images of (Σ p·t + s) / (Σ (p + t − p·t) + s), of the probabilities and the true mask; no threshold.
  ///
  /// Every image weighs the same. With a smoothing constant no image is empty: one without true foreground counts the
  /// more the smaller its probabilities are. Not a number before the first image.
  ///
  /// - Parameter smoothing: s, not negative, in pixels; 0 gives ``perImageSoftIoU`` and its empty-mask rule.
  public func perImageSoftIoU(smoothing: Double) -> Double { mean(perImageSoftIoUs(smoothing: smoothing)) }

  /// The values whose mean is ``perImageSoftIoU(smoothing:)``, one for each image; nil where it is skipped.
  public func perImageSoftIoUs(smoothing: Double) -> [Double?] {
    require(smoothing >= 0, "Soft IoU is smoothed by a number that is not negative, not by \(smoothing).")
    return images.map { value($0.softIntersection + smoothing, $0.softUnion + smoothing) }
  }

  /// Σ p·t over Σ (p + t − p·t), each added up over all images; no threshold.
  ///
  /// An image weighs as much as its foreground and its probabilities; if there are none at all, ``emptyUnionRule``
  /// decides, and skipping leaves no number.
  public var globalSoftIoU: Double {
    let intersection = images.reduce(0) { $0 + $1.softIntersection }
    return value(intersection, images.reduce(0) { $0 + $1.softUnion }) ?? .nan
  }
}
