import GraftDatasets
import GraftMetrics

/// How masks of some classes are learned and measured: of two classes by one logit, of more by one each.
///
/// ```swift
/// let task = SegmentationTask(faces)
/// let trainer = Trainer(network, loss: task.loss(.crossEntropy), metrics: task.metrics, optimizer: Adam())
/// let figures = try task.counts(by: trainer, over: test).figures(classNames: task.classNames)
/// ```
public struct SegmentationTask: Sendable {
  /// What a network minimises.
  public enum LossName: String, Codable, Sendable, CaseIterable {
    /// The cross entropy at each pixel: binary of two classes, else of a softmax.
    case crossEntropy = "cross-entropy"
    /// One minus the soft intersection over union.
    case softIoU = "soft-iou"
    /// One minus the Dice coefficient.
    case dice
  }

  /// The classes, background first.
  public let classNames: [String]

  /// Names the task.
  ///
  /// - Parameter dataset: with masks.
  public init(_ dataset: Dataset) { self.init(classNames: dataset.classNames) }

  /// Names the task.
  ///
  /// - Parameter classNames: at least two, background first.
  public init(classNames: [String]) { self.classNames = classNames }

  private var isBinary: Bool { classNames.count == 2 }

  /// How many maps of logits a network gives.
  public var logitCount: Int { Dataset.Targets.masks(classNames).logitCount }

  /// The names of what the logits stand for: one stands for the foreground alone.
  public var logitNames: [String] { isBinary ? [classNames[1]] : classNames }

  /// What is measured after each epoch.
  public var metrics: [any Metric] { isBinary ? .masks : .classes(classNames) }

  /// What logs call a measure of the validation part; nil where it is not defined for so many classes, or not measured after
  /// each epoch.
  public func monitored(_ measure: SegmentationFigures.Measure) -> MonitoredMetric? {
    switch measure {
    case .iou: isBinary ? .validation(.iou) : .validation(.meanIoUPerImage())
    case .iouSoft: isBinary ? .validation(.softIoU) : nil
    case .iouGlobal: isBinary ? .validation(.globalIoU) : nil
    case .iouClassMean: isBinary ? .validation(.twoClassIoU) : .validation(.meanIoU())
    case .pixelAccuracy: isBinary ? nil : .validation(.pixelAccuracy())
    }
  }

  /// The loss of a name, for so many classes.
  public func loss(_ name: LossName) -> Loss {
    switch name {
    case .crossEntropy: isBinary ? .binaryCrossEntropy : .pixelSoftmaxCrossEntropy(classNames: classNames)
    case .softIoU: isBinary ? .softIoU() : .softIoU(classNames: classNames)
    case .dice: isBinary ? .dice() : .dice(classNames: classNames)
    }
  }

  /// What a trainer's network predicts, computed as after an epoch of its training.
  ///
  /// - Throws: what ``Trainer/count(_:over:)`` throws.
  public func counts(by trainer: Trainer, over dataset: Dataset) throws -> any SegmentationCounts {
    isBinary
      ? try trainer.count(SegmentationScore(), over: dataset)
      : try trainer.count(PixelClassScore(classCount: classNames.count), over: dataset)
  }

  /// What an evaluator's network predicts.
  ///
  /// - Throws: what ``Evaluator/count(_:over:)`` throws.
  public func counts(by evaluator: Evaluator, over dataset: Dataset) throws -> any SegmentationCounts {
    isBinary
      ? try evaluator.count(SegmentationScore(), over: dataset)
      : try evaluator.count(PixelClassScore(classCount: classNames.count), over: dataset)
  }

  /// What masks count that are the same for every picture: the mean of the training masks, or of several classes the most
  /// frequent at each pixel. It is the least that a network has to beat.
  ///
  /// - Throws: what reading the masks throws.
  public func constantMaskCounts(
    of training: Dataset, for measured: Dataset
  ) throws -> any SegmentationCounts {
    isBinary
      ? try SegmentationScore(ofConstantMaskOf: training, for: measured)
      : try PixelClassScore(ofConstantMapOf: training, for: measured)
  }
}
