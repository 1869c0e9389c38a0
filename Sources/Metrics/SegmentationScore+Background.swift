extension SegmentationScore {
  /// The intersection over union of the background of each image; nil where it is skipped.
  ///
  /// An image that is foreground everywhere in both masks has an empty union here, which counts as ``emptyUnionRule``
  /// says.
  public var perImageBackgroundIoUs: [Double?] {
    images.map { value(Double($0.backgroundIntersection), Double($0.backgroundUnion)) }
  }

  /// The mean over images of the mean of two intersections over union, the foreground's and the background's.
  ///
  /// Every image weighs the same; ``twoClassMeanIoU`` adds the counts of all images up first. Not a number before the
  /// first image.
  public var perImageTwoClassMeanIoU: Double { mean(perImageTwoClassMeanIoUs) }

  /// The values whose mean is ``perImageTwoClassMeanIoU``, one for each image.
  ///
  /// A class that is in neither mask of an image counts as ``emptyUnionRule`` says; where it is skipped, the other
  /// class's value stands for the image.
  public var perImageTwoClassMeanIoUs: [Double] {
    zip(perImageHardIoUs, perImageBackgroundIoUs).map { mean([$0, $1]) }
  }

  /// The share of pixels of each image in which both masks agree; their mean is ``pixelAccuracy`` if all images have the
  /// same size. No image is empty here.
  public var perImagePixelAccuracies: [Double] {
    images.map { Double($0.intersection + $0.backgroundIntersection) / Double($0.pixelCount) }
  }

  /// How often background (0) and foreground (1) pixels of all images were taken for each other. Its scores of class 1
  /// are those of all images together: the F1 score is ``globalDice``.
  public var confusionMatrix: ConfusionMatrix {
    let (hits, predicted, truth) = (sum(\.intersection), sum(\.predictedCount), sum(\.truthCount))
    return ConfusionMatrix(
      counts: [[sum(\.backgroundIntersection), predicted - hits], [truth - hits, hits]])
  }
}
