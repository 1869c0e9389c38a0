import GraftTensor

extension SegmentationScore: MetricCounts {
  /// Counts a batch of logits and masks, N,H,W,1.
  public mutating func add(logits: Tensor, targets: Tensor) { add(logits: logits, masks: targets) }
}

/// A score of as many classes as the first batch has logits for each pixel.
public struct PixelCounts: MetricCounts {
  /// Nil before the first batch.
  public private(set) var score: PixelClassScore?
  private let ignoredClass: Int?

  /// Begins with no pictures.
  ///
  /// - Parameter ignoredClass: the number of pixels that count nothing, often 255; by default all count.
  public init(ignoredClass: Int? = nil) { self.ignoredClass = ignoredClass }

  /// Counts a batch of logits, N,H,W,classes, and class numbers, N,H,W,1.
  public mutating func add(logits: Tensor, targets: Tensor) {
    require(
      logits.shape.rank == 4, "Pixels are counted by logits of shape N×H×W×classes, not \(logits.shape).")
    var score =
      self.score ?? PixelClassScore(classCount: logits.shape[3], ignoredClass: ignoredClass)
    score.add(pixelLogits: logits, labels: targets)
    self.score = score
  }
}

// Four readings of "intersection over union" of a mask, which the paper does not tell apart.
extension Metric where Self == CountedMetric<SegmentationScore> {
  /// The mean over pictures of the hard intersection over union.
  public static var iou: Self { mask("IoU") { $0.perImageHardIoU } }
  /// The mean over pictures of the soft intersection over union.
  public static var softIoU: Self { mask("IoUSoft") { $0.perImageSoftIoU } }
  /// The hard intersection over union of all pictures together.
  public static var globalIoU: Self { mask("IoUGlobal") { $0.globalHardIoU } }
  /// The mean of the foreground's and the background's, each of all pictures together.
  public static var twoClassIoU: Self { mask("IoUTwoClass") { $0.twoClassMeanIoU } }
  /// The share of pixels that are right.
  public static var maskAccuracy: Self { mask("maskAccuracy") { $0.pixelAccuracy } }

  private static func mask(_ name: String, read: @escaping @Sendable (SegmentationScore) -> Double) -> Self {
    CountedMetric(name, better: .higher, counting: SegmentationScore(), read: read)
  }
}

extension Metric where Self == CountedMetric<PixelCounts> {
  /// The mean over classes of the intersection over union of all pictures together.
  ///
  /// - Parameter ignoredClass: the number of pixels that count nothing.
  public static func meanIoU(ignoring ignoredClass: Int? = nil) -> Self {
    pixels("meanIoU", ignoredClass) { $0.meanIoU }
  }
  /// The mean over pictures of the mean over the classes that are in them.
  ///
  /// - Parameter ignoredClass: the number of pixels that count nothing.
  public static func meanIoUPerImage(ignoring ignoredClass: Int? = nil) -> Self {
    pixels("meanIoUPerImage", ignoredClass) { $0.perImageMeanIoU }
  }
  /// The share of pixels that are right.
  ///
  /// - Parameter ignoredClass: the number of pixels that count nothing.
  public static func pixelAccuracy(ignoring ignoredClass: Int? = nil) -> Self {
    pixels("pixelAccuracy", ignoredClass) { $0.pixelAccuracy }
  }
  /// The intersection over union of one class, of all pictures together.
  ///
  /// - Parameters:
  ///   - number: of the class, from 0.
  ///   - name: of the class, for logs: `IoU hair`.
  ///   - ignoredClass: the number of pixels that count nothing.
  public static func iou(ofClass number: Int, named name: String, ignoring ignoredClass: Int? = nil) -> Self {
    pixels("IoU \(name)", ignoredClass) { $0.ious.indices.contains(number) ? $0.ious[number] : nil }
  }
  /// The mean over pictures of the intersection over union of one class; pictures without it are left out.
  ///
  /// - Parameters:
  ///   - number: of the class, from 0.
  ///   - name: of the class, for logs: `IoUPerImage hair`.
  ///   - ignoredClass: the number of pixels that count nothing.
  public static func iouPerImage(
    ofClass number: Int, named name: String, ignoring ignoredClass: Int? = nil
  ) -> Self {
    pixels("IoUPerImage \(name)", ignoredClass) {
      $0.perImageIoUs.indices.contains(number) ? $0.perImageIoUs[number] : nil
    }
  }

  private static func pixels(
    _ name: String, _ ignoredClass: Int?, read: @escaping @Sendable (PixelClassScore) -> Double?
  ) -> Self {
    CountedMetric(name, better: .higher, counting: PixelCounts(ignoredClass: ignoredClass)) {
      $0.score.flatMap(read)
    }
  }
}

extension [any Metric] {
  /// The four intersections over union of masks.
  public static var masks: [any Metric] {
    [CountedMetric.iou, CountedMetric.softIoU, CountedMetric.globalIoU, CountedMetric.twoClassIoU]
  }

  /// The intersections over union of each class by its name, of all pictures together and by picture, their means, and the
  /// share of pixels that are right.
  ///
  /// - Parameters:
  ///   - classNames: in the order of the logits.
  ///   - ignoredClass: the number of pixels that count nothing.
  public static func classes(_ classNames: [String], ignoring ignoredClass: Int? = nil) -> [any Metric] {
    [
      CountedMetric.meanIoU(ignoring: ignoredClass), CountedMetric.meanIoUPerImage(ignoring: ignoredClass),
      CountedMetric.pixelAccuracy(ignoring: ignoredClass),
    ]
      + classNames.enumerated().flatMap { number, name -> [any Metric] in
        [
          CountedMetric.iou(ofClass: number, named: name, ignoring: ignoredClass),
          CountedMetric.iouPerImage(ofClass: number, named: name, ignoring: ignoredClass),
        ]
      }
  }
}

extension PixelClassScore: MetricCounts {
  /// Counts a batch of logits, N,H,W,classes, and class numbers, N,H,W,1.
  public mutating func add(logits: Tensor, targets: Tensor) { add(pixelLogits: logits, labels: targets) }
}

extension ConfusionMatrix: MetricCounts {
  /// Counts a batch of logits, N,classes, and class numbers, N.
  public mutating func add(logits: Tensor, targets: Tensor) { add(logits: logits, labels: targets) }
}
