extension SegmentationScore {
  /// How many images there are.
  public var imageCount: Int { images.count }

  /// How many images have no foreground, neither in truth nor predicted: ``emptyUnionRule`` decided what they count.
  public var emptyImageCount: Int { images.count { $0.union == 0 } }

  /// The mean over images of intersection over union, of the predicted mask and the true one.
  ///
  /// Every image weighs the same, however large its foreground. An image without foreground in either mask counts as
  /// ``emptyUnionRule`` says. Not a number before the first image.
  public var perImageHardIoU: Double { mean(perImageHardIoUs) }

  /// The mean over images of Σ p·t / Σ (p + t − p·t), of the probabilities and the true mask; no threshold.
  ///
  /// Only an image without true foreground whose probabilities are all exactly 0 is empty here. Not a number before the
  /// first image.
  public var perImageSoftIoU: Double { mean(perImageSoftIoUs) }

  /// The intersections of all images added up, over their unions added up.
  ///
  /// An image weighs as much as its foreground, and an empty one nothing; if all are empty, ``emptyUnionRule`` decides,
  /// and skipping leaves no number.
  public var globalHardIoU: Double {
    value(Double(sum(\.intersection)), Double(sum(\.union))) ?? .nan
  }

  /// The mean of two intersections over union, the foreground's and the background's, each from sums over all images, as
  /// Keras' `MeanIoU` of two classes.
  ///
  /// It is above ``globalHardIoU`` where the background is large and easy. A class that is in neither mask of any image
  /// counts as ``emptyUnionRule`` says.
  public var twoClassMeanIoU: Double {
    mean([
      value(Double(sum(\.intersection)), Double(sum(\.union))),
      value(Double(sum(\.backgroundIntersection)), Double(sum(\.backgroundUnion))),
    ])
  }

  /// The share of pixels of all images in which both masks agree. Not a number before the first image.
  public var pixelAccuracy: Double {
    Double(sum(\.intersection) + sum(\.backgroundIntersection)) / Double(sum(\.pixelCount))
  }

  /// The values whose mean is ``perImageHardIoU``, one for each image; nil where it is skipped.
  public var perImageHardIoUs: [Double?] { images.map { value(Double($0.intersection), Double($0.union)) } }

  /// The values whose mean is ``perImageSoftIoU``, one for each image; nil where it is skipped.
  public var perImageSoftIoUs: [Double?] { images.map { value($0.softIntersection, $0.softUnion) } }

  func value(_ intersection: Double, _ union: Double) -> Double? {
    if union != 0 { return intersection / union }
    switch emptyUnionRule {
    case .isOne: return 1
    case .isZero: return 0
    case .isSkipped: return nil
    }
  }

  func mean(_ values: [Double?]) -> Double {
    let present = values.compactMap { $0 }
    return present.reduce(0, +) / Double(present.count)
  }

  func sum(_ count: KeyPath<Image, Int>) -> Int { images.reduce(0) { $0 + $1[keyPath: count] } }
}
