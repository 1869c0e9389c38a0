import GraftLayers
import GraftMetrics
import GraftTensor

/// Losses for the class of each pixel, from logits N,H,W,classes and targets of class numbers, N,H,W,1 (uint8 or int32), such
/// as those of `FaceClasses.parts`.
extension Loss {
  /// The cross entropy of a softmax at each pixel, averaged over pixels.
  ///
  /// - Parameters:
  ///   - classNames: what the logits stand for, in their order.
  ///   - ignoredClass: the label of pixels that count nothing, often 255; by default all count. A batch that is taken in
  ///     micro-batches then weighs each of them by its samples, however many of its pixels count.
  public static func pixelSoftmaxCrossEntropy(
    classNames: [String], ignoredClass: Int? = nil
  ) -> Loss {
    let suffix = ignoredClass.map { ", without \($0)" } ?? ""
    var loss = pixels("pixel softmax cross entropy\(suffix)", classNames, ignoredClass) {
      GraftMetrics.pixelSoftmaxCrossEntropy(fromLogits: $0, $1, ignoredClass: ignoredClass)
    }
    loss.functionOfScores = { scores, kernel, upsample, labels in
      GraftMetrics.pixelSoftmaxCrossEntropy(
        fromScores: scores, enlargedBy: kernel, strides: upsample.strides, padding: upsample.padding, labels,
        ignoredClass: ignoredClass)
    }
    return loss
  }

  /// The Dice loss of the softmax of each pixel, averaged over classes and pictures. A class that a picture does not have
  /// costs the less the smaller its probabilities are.
  ///
  /// - Parameters:
  ///   - classNames: what the logits stand for, in their order.
  ///   - smoothing: in pixels, not negative; by default 1.
  public static func dice(classNames: [String], smoothing: Double = 1) -> Loss {
    pixels("Dice over classes, smoothed by \(smoothing)", classNames, nil) { logits, targets in
      diceLoss(fromProbabilities: softmax(logits), shares(targets, for: logits), smoothing: smoothing)
    }
  }

  /// The soft-IoU loss of the softmax of each pixel, averaged over classes and pictures. A class that a picture does not
  /// have costs the less the smaller its probabilities are.
  ///
  /// - Parameters:
  ///   - classNames: what the logits stand for, in their order.
  ///   - smoothing: in pixels, not negative; by default 1.
  public static func softIoU(classNames: [String], smoothing: Double = 1) -> Loss {
    pixels("soft IoU over classes, smoothed by \(smoothing)", classNames, nil) { logits, targets in
      softIoULoss(fromProbabilities: softmax(logits), shares(targets, for: logits), smoothing: smoothing)
    }
  }

  private static func pixels(
    _ name: String, _ classNames: [String], _ ignoredClass: Int?,
    function: @escaping @Sendable (_ logits: Tensor, _ targets: Tensor) -> Tensor
  ) -> Loss {
    require(
      classNames.count > 1 && Set(classNames).count == classNames.count,
      "Pixels are told apart by two or more classes of different names, not by \(classNames).")
    var loss = Loss("\(name), of \(classNames.joined(separator: ", "))", function: function)
    loss.ignoredClass = ignoredClass
    return loss
  }

  /// Class numbers as rows that hold 1 at the place of the class.
  private static func shares(_ targets: Tensor, for logits: Tensor) -> Tensor {
    let classes = logits.shape[logits.shape.rank - 1]
    require(
      targets.scalarCount * classes == logits.scalarCount
        && (targets.scalarType == .uint8 || targets.scalarType == .int32),
      "Logits of shape \(logits.shape) take one class number for each pixel, uint8 or int32, not \(targets.scalarType) "
        + "of shape \(targets.shape).")
    let numbers = targets.withUnsafeBytes { bytes in
      targets.scalarType == .uint8 ? bytes.map(Int.init) : bytes.bindMemory(to: Int32.self).map(Int.init)
    }
    return Tensor(shape: logits.shape) { shares in
      shares.initialize(repeating: 0)
      for (pixel, number) in numbers.enumerated() {
        require(
          (0..<classes).contains(number),
          "Pixel \(pixel) of the batch has class number \(number), and the \(classes) classes are 0 to \(classes - 1)."
        )
        shares[pixel * classes + number] = 1
      }
    }
  }
}
