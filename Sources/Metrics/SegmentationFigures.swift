import GraftTensor

/// What is reported about predicted masks of named classes: two classes that one logit tells apart, or several with a logit
/// each.
public struct SegmentationFigures: Codable, Sendable, Hashable {
  /// A mean of intersections over union, or a share of pixels.
  public enum Measure: String, Codable, CodingKeyRepresentable, Sendable, CaseIterable {
    /// The mean over images of the hard intersection over union: with two classes that of the foreground, with more the mean
    /// over the classes that are in the image.
    case iou
    /// The mean over images of the soft intersection over union; for two classes only.
    case iouSoft
    /// The hard intersection over union of the foreground, over all images together; for two classes only.
    case iouGlobal
    /// The mean over all classes, background included, of the intersection over union of all images together.
    case iouClassMean
    /// The share of pixels that are right.
    case pixelAccuracy

    /// The name that people see.
    public var title: String {
      switch self {
      case .iou: "per image, hard"
      case .iouSoft: "per image, soft"
      case .iouGlobal: "global"
      case .iouClassMean: "class mean"
      case .pixelAccuracy: "pixel accuracy"
      }
    }
  }

  /// One of the classes.
  public struct Class: Codable, Sendable, Hashable {
    /// `background`, `hair`, `skin` and so on.
    public var name: String
    /// The intersection over union of all images together; nil if the class occurs neither in the truth nor in a prediction.
    public var iou: Double?
    /// Its mean over the images that have the class, in the truth or in the prediction.
    public var iouPerImage: Double?

    /// Records what was measured of a class.
    public init(name: String, iou: Double? = nil, iouPerImage: Double? = nil) {
      self.name = name
      self.iou = iou
      self.iouPerImage = iouPerImage
    }
  }

  /// The values by measure; those for two classes only are missing where there are more.
  public var values: [Measure: Double]
  /// The classes, in the order of their numbers.
  public var classes: [Class]
  /// How many images there are.
  public var imageCount: Int
  /// How many different masks were predicted, told apart by how many pixels each class has; 1 if all images got the same.
  public var distinctMaskCount: Int

  /// Whether the prediction does not depend on the image: all got the same mask or, with two classes, one of two masks that are
  /// each other's inverse, which is all that a decoder of pooled features can choose between. Of one image, or two, never.
  public var isBlind: Bool

  /// Notes what was measured.
  public init(
    values: [Measure: Double], classes: [Class], imageCount: Int, distinctMaskCount: Int, isBlind: Bool
  ) {
    self.values = values
    self.classes = classes
    self.imageCount = imageCount
    self.distinctMaskCount = distinctMaskCount
    self.isBlind = isBlind
  }

  /// The value of a measure; nil where it is not defined.
  public subscript(measure: Measure) -> Double? { values[measure] }

  /// All values under one name each, as on a model card: `iou`, `iou hair`, `iouPerImage hair`.
  ///
  /// - Parameter prefix: how each name begins.
  public func named(prefix: String = "") -> [String: Double] {
    var named = Dictionary(
      uniqueKeysWithValues: values.map { (prefix + $0.key.rawValue, $0.value) })
    for own in classes {
      named["\(prefix)iou \(own.name)"] = own.iou
      named["\(prefix)iouPerImage \(own.name)"] = own.iouPerImage
    }
    return named
  }
}

/// How well a network does, and how well a mask does that is the same for every picture: the mean of the training masks or,
/// with several classes, the most frequent class at each pixel.
public struct ConstantMaskComparison: Codable, Sendable, Hashable {
  /// Of the network.
  public var network: SegmentationFigures
  /// Of the constant mask.
  public var constantMask: SegmentationFigures

  /// How the names of the constant mask's values begin.
  public static let constantMaskPrefix = "constantMask "

  /// Notes what was measured.
  public init(network: SegmentationFigures, constantMask: SegmentationFigures) {
    self.network = network
    self.constantMask = constantMask
  }

  /// By how much the network exceeds the constant mask; nil where the measure is not defined.
  public func lead(_ measure: SegmentationFigures.Measure) -> Double? {
    guard let own = network[measure], let constant = constantMask[measure] else { return nil }
    return own - constant
  }

  /// Whether the network beats the constant mask in the per-image hard intersection over union.
  public var beatsConstantMask: Bool { lead(.iou) ?? 0 > 0 }

  /// All values under one name each, as on a model card; those of the constant mask begin with ``constantMaskPrefix``.
  public func named() -> [String: Double] {
    network.named().merging(constantMask.named(prefix: Self.constantMaskPrefix)) { own, _ in own }
  }
}

/// The counts that metrics of masks are computed from, whether two classes share one logit or several have one each.
public protocol SegmentationCounts: MetricCounts {
  /// What is reported about them.
  ///
  /// - Parameter classNames: in the order of the class numbers, background first.
  func figures(classNames: [String]) -> SegmentationFigures
  /// The values whose mean is the measure ``SegmentationFigures/Measure/iou``, one for each image.
  var imageIoUs: [Double] { get }
  /// A few numbers about each image's prediction, which are equal where two networks predict the same: sums of probabilities,
  /// or intersections over union and numbers of pixels.
  var imagePredictions: [[Double]] { get }
}

extension SegmentationScore: SegmentationCounts {
  /// An image without a value, which has no foreground in truth or prediction, counts as 1.
  public var imageIoUs: [Double] { perImageHardIoUs.map { $0 ?? 1 } }

  /// The sum of the probabilities of each image.
  public var imagePredictions: [[Double]] { images.map { [$0.softPredictedCount] } }

  /// What is reported about masks of two classes.
  public func figures(classNames: [String]) -> SegmentationFigures {
    require(classNames.count == 2, "One logit tells two classes apart, not \(classNames).")
    let ious = confusionMatrix.ious
    let perImage = [perImageBackgroundIoUs, perImageHardIoUs].map { ious in
      ious.contains { $0 != nil } ? mean(ious) : nil
    }
    let sizes = Set(images.map(\.predictedCount))
    return SegmentationFigures(
      values: [
        .iou: perImageHardIoU, .iouSoft: perImageSoftIoU, .iouGlobal: globalHardIoU,
        .iouClassMean: twoClassMeanIoU, .pixelAccuracy: pixelAccuracy,
      ],
      classes: classNames.enumerated().map { .init(name: $1, iou: ious[$0], iouPerImage: perImage[$0]) },
      imageCount: imageCount, distinctMaskCount: sizes.count, isBlind: isBlind(sizes))
  }
}

extension SegmentationScore {
  /// Masks are told apart by their sizes: see ``SegmentationFigures/isBlind``.
  fileprivate func isBlind(_ sizes: Set<Int>) -> Bool {
    let isInverse =
      sizes.count == 2 && imageCount > 2 && images.allSatisfy { $0.pixelCount == sizes.reduce(0, +) }
    return imageCount > 1 && (sizes.count == 1 || isInverse)
  }
}

extension PixelClassScore: SegmentationCounts {
  /// An image without any class, all of whose pixels are ignored, counts as 1.
  public var imageIoUs: [Double] { perImageMeanIoUs.map { $0 ?? 1 } }

  /// The intersection over union of each class, -1 where it is not there, and the pixels predicted as each.
  public var imagePredictions: [[Double]] {
    zip(imageClassIoUs, imagePredictedCounts).map { ious, counts in
      ious.map { $0 ?? -1 } + counts.map(Double.init)
    }
  }

  /// What is reported about masks of several classes.
  public func figures(classNames: [String]) -> SegmentationFigures {
    let perImage = perImageIoUs
    require(
      classNames.count == perImage.count,
      "\(classNames.count) names were given for \(perImage.count) classes.")
    return SegmentationFigures(
      values: [.iou: perImageMeanIoU, .iouClassMean: meanIoU, .pixelAccuracy: pixelAccuracy],
      classes: classNames.enumerated().map { .init(name: $1, iou: ious[$0], iouPerImage: perImage[$0]) },
      imageCount: imageCount, distinctMaskCount: Set(imagePredictedCounts).count,
      isBlind: imageCount > 1 && Set(imagePredictedCounts).count == 1)
  }
}
