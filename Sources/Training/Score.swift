import GraftMetrics
import GraftTensor

/// What is measured over the batches of a validation part.
public protocol Score {
  /// Counts a batch.
  mutating func add(logits: Tensor, targets: Tensor)
  /// The results by name, such as `validationAccuracy`.
  var metrics: [String: Double] { get }
  /// The names of all results that it can have; by default of those that it has now.
  var metricNames: Set<String> { get }
}

extension Score {
  /// The names of the results that it has now.
  public var metricNames: Set<String> { Set(metrics.keys) }
}

/// Accuracy over classes, and how many samples got the class that most got.
public struct ClassScore: Score {
  /// The share of samples whose class is the most likely one.
  public private(set) var accuracy = Accuracy()
  private var predicted: [Int: Int] = [:]

  /// Counts a batch of logits, N,classes, and class numbers, N.
  public mutating func add(logits: Tensor, targets: Tensor) {
    accuracy.add(logits: logits, labels: targets)
    for prediction in logits.indexOfMaximumAlongLastAxis() { predicted[prediction, default: 0] += 1 }
  }

  /// `validationAccuracy` and `largestPredictedShare`.
  public var metrics: [String: Double] {
    [
      Metric.validationAccuracy.name: accuracy.value,
      // A network that gives one class to everything has collapsed.
      "largestPredictedShare": Double(predicted.values.max() ?? 0) / Double(accuracy.count),
    ]
  }
}

/// The four intersections over union.
extension SegmentationScore: Score {
  /// Counts a batch of logits and masks, N,H,W,1.
  public mutating func add(logits: Tensor, targets: Tensor) { add(logits: logits, masks: targets) }

  /// `validationIoU` (per image, hard), `validationIoUSoft`, `validationIoUGlobal`, `validationIoUTwoClass`.
  public var metrics: [String: Double] {
    [
      Metric.validationIoU.name: perImageHardIoU, Metric.validationIoUSoft.name: perImageSoftIoU,
      Metric.validationIoUGlobal.name: globalHardIoU, Metric.validationIoUTwoClass.name: twoClassMeanIoU,
    ]
  }
}

/// The intersections over union of several classes, by their names: what the losses of pixels with several classes count.
public struct NamedPixelClassScore: Score {
  /// In the order of the logits.
  public let classNames: [String]
  /// All that was counted.
  public private(set) var score: PixelClassScore

  init(classNames: [String], ignoredClass: Int?) {
    self.classNames = classNames
    score = PixelClassScore(classCount: classNames.count, ignoredClass: ignoredClass)
  }

  /// Counts a batch of logits, N,H,W,classes, and class numbers, N,H,W,1.
  public mutating func add(logits: Tensor, targets: Tensor) {
    score.add(pixelLogits: logits, labels: targets)
  }

  /// Those of ``metrics``, also of classes of which there is nothing.
  public var metricNames: Set<String> {
    Set(metrics.keys).union(
      classNames.flatMap { [Metric.validationIoU(of: $0).name, "validationIoUPerImage \($0)"] })
  }

  /// `validationMeanIoU`, `validationMeanIoUPerImage`, `validationPixelAccuracy`, and of each class `validationIoU hair` and
  /// `validationIoUPerImage hair`; classes of which there is nothing have no value.
  public var metrics: [String: Double] {
    var metrics = [
      Metric.validationMeanIoU.name: score.meanIoU, "validationMeanIoUPerImage": score.perImageMeanIoU,
      "validationPixelAccuracy": score.pixelAccuracy,
    ]
    for (name, iou) in zip(classNames, score.ious) { metrics[Metric.validationIoU(of: name).name] = iou }
    for (name, iou) in zip(classNames, score.perImageIoUs) { metrics["validationIoUPerImage \(name)"] = iou }
    return metrics
  }
}
