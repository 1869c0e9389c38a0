import GraftTensor

/// How well a segmentation into several classes is done: intersections over union of each class, over all pixels together
/// and image by image, over batches of any size.
///
/// Of each pixel the class with the greatest logit is predicted.
///
/// ```swift
/// var score = PixelClassScore(classCount: 3)
/// for batch in batches { score.add(pixelLogits: network(batch.inputs, .inference), labels: batch.targets) }
/// print(score.meanIoU, score.ious)
/// ```
public struct PixelClassScore: Sendable, Hashable, Codable {
  /// How often each class was taken for each other, over all pixels of all images.
  public private(set) var confusionMatrix: ConfusionMatrix
  /// The intersection over union of each class in each image; nil where an image has none of it, neither in truth nor
  /// predicted.
  public private(set) var imageClassIoUs: [[Double?]] = []
  /// How many pixels of each image were predicted as each class.
  public private(set) var imagePredictedCounts: [[Int]] = []
  /// The label of pixels that are left out; it need be no class.
  public let ignoredClass: Int?

  /// Begins with no images.
  ///
  /// - Parameters:
  ///   - classCount: how many classes there are.
  ///   - ignoredClass: the label of pixels that are left out, often 255; by default all count.
  public init(classCount: Int, ignoredClass: Int? = nil) {
    confusionMatrix = ConfusionMatrix(classCount: classCount)
    self.ignoredClass = ignoredClass
  }

  /// Adds a batch of images.
  ///
  /// - Parameters:
  ///   - logits: of shape N×H×W×classes; probabilities do as well. Of equal ones the first counts as the greatest.
  ///   - labels: the class number of each pixel: int32 or uint8, of shape N×H×W or N×H×W×1.
  public mutating func add(pixelLogits logits: Tensor, labels: Tensor) {
    let classes = confusionMatrix.classCount
    require(
      logits.shape.rank == 4 && logits.shape[3] == classes,
      "This score takes logits of shape N×H×W×\(classes), not \(logits.shape).")
    let truths = labels.rowLabels(for: logits, ignoring: ignoredClass).map(Int.init)
    let predictions = logits.indexOfMaximumAlongLastAxis()
    let pixelCount = logits.shape[1] * logits.shape[2]
    for start in stride(from: 0, to: truths.count, by: max(pixelCount, 1)) {
      let kept = (start..<start + pixelCount).filter { truths[$0] >= 0 }
      var own = ConfusionMatrix(classCount: classes)
      own.add(predictions: kept.map { predictions[$0] }, truths: kept.map { truths[$0] })
      imageClassIoUs.append(own.ious)
      imagePredictedCounts.append(own.predictedCounts)
      confusionMatrix.add(own)
    }
  }

  /// How many images there are.
  public var imageCount: Int { imageClassIoUs.count }

  /// The intersection over union of each class, over all pixels of all images; nil where there is none of it, neither in
  /// truth nor predicted.
  public var ious: [Double?] { confusionMatrix.ious }

  /// The mean over images of the intersection over union of each class; images without it are left out, and nil stands
  /// where all are.
  public var perImageIoUs: [Double?] {
    (0..<confusionMatrix.classCount).map { number in Self.mean(imageClassIoUs.map { $0[number] }) }
  }

  /// The mean of ``ious`` over the classes that there are, as is usual for semantic segmentation. Not a number before the
  /// first image.
  public var meanIoU: Double { Self.mean(ious) ?? .nan }

  /// The mean over images of the mean over the classes that are in them. Not a number before the first image.
  public var perImageMeanIoU: Double { Self.mean(perImageMeanIoUs) ?? .nan }

  /// The values whose mean is ``perImageMeanIoU``, one for each image.
  public var perImageMeanIoUs: [Double?] { imageClassIoUs.map(Self.mean) }

  /// The share of pixels whose class is the predicted one. Not a number before the first image.
  public var pixelAccuracy: Double { confusionMatrix.accuracy }

  private static func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}
