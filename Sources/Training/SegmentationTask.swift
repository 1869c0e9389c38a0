import GraftDatasets
import GraftMetrics
import GraftTensor

/// How masks of some classes are learned and measured: two classes with one logit, more with one logit each.
///
/// ```swift
/// let task = SegmentationTask(faces)
/// let trainer = Trainer(network, loss: task.loss(.crossEntropy), metrics: task.metrics, optimizer: Adam())
/// let figures = try task.counts(by: trainer, over: test).figures(classNames: task.classNames)
/// ```
public struct SegmentationTask: Sendable {
  /// What a network minimises.
  public enum LossName: String, Codable, Sendable, CaseIterable {
    /// The cross entropy at each pixel: binary with two classes, of a softmax with more.
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
  public init(classNames: [String]) {
    require(classNames.count > 1, "Masks tell two classes apart at least, and not \(classNames).")
    self.classNames = classNames
  }

  private var isBinary: Bool { classNames.count == 2 }

  /// How many logits a network has at each pixel.
  public var logitCount: Int { Dataset.Targets.masks(classNames).logitCount }

  /// The names of what the logits stand for: one stands for the foreground alone.
  public var logitNames: [String] { isBinary ? [classNames[1]] : classNames }

  /// What is measured after each epoch.
  public var metrics: [any Metric] { isBinary ? .masks : .classes(classNames) }

  /// The metric that logs record for a measure on the validation part; nil where the measure is not defined for this number of
  /// classes, or not taken after each epoch.
  public func monitored(_ measure: SegmentationFigures.Measure) -> MonitoredMetric? {
    switch measure {
    case .iou: isBinary ? .validation(.iou) : .validation(.meanIoUPerImage())
    case .iouSoft: isBinary ? .validation(.softIoU) : nil
    case .iouGlobal: isBinary ? .validation(.globalIoU) : nil
    case .iouClassMean: isBinary ? .validation(.twoClassIoU) : .validation(.meanIoU())
    case .pixelAccuracy: isBinary ? nil : .validation(.pixelAccuracy())
    }
  }

  /// The loss of a name, for this number of classes.
  public func loss(_ name: LossName) -> Loss {
    switch name {
    case .crossEntropy: isBinary ? .binaryCrossEntropy : .pixelSoftmaxCrossEntropy(classNames: classNames)
    case .softIoU: isBinary ? .softIoU() : .softIoU(classNames: classNames)
    case .dice: isBinary ? .dice() : .dice(classNames: classNames)
    }
  }

  /// Counts what a trainer's network predicts, computed as it is after each epoch.
  ///
  /// - Throws: what ``Trainer/count(_:over:)`` throws.
  public func counts(by trainer: Trainer, over dataset: Dataset) throws -> any SegmentationCounts {
    isBinary
      ? try trainer.count(SegmentationScore(), over: dataset)
      : try trainer.count(PixelClassScore(classCount: classNames.count), over: dataset)
  }

  /// Counts what an evaluator's network predicts.
  ///
  /// - Throws: what ``Evaluator/count(_:over:)`` throws.
  public func counts(by evaluator: Evaluator, over dataset: Dataset) throws -> any SegmentationCounts {
    isBinary
      ? try evaluator.count(SegmentationScore(), over: dataset)
      : try evaluator.count(PixelClassScore(classCount: classNames.count), over: dataset)
  }

  /// Counts for a mask that is the same for every picture: the mean of the training masks or, with several classes, the most
  /// frequent class at each pixel. A network should at least beat that.
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
