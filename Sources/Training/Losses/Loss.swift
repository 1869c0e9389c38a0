import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

/// A function that a training minimises.
public struct Loss: Sendable {
  /// For the record.
  public let name: String
  /// The mean over a batch of logits, given its targets: a scalar, differentiable.
  let function: @Sendable (_ logits: Tensor, _ targets: Tensor) -> Tensor
  /// The class number of pixels that count nothing; nil where all count.
  var ignoredClass: Int?
  /// The same mean, given what the last layer of a head enlarges and that layer's kernel; nil where the logits
  /// themselves are needed.
  var functionOfScores:
    (
      @Sendable (_ scores: Tensor, _ kernel: Tensor, _ upsample: ConvTranspose2D, _ targets: Tensor) ->
        Tensor
    )?

  /// Creates a loss.
  ///
  /// - Parameters:
  ///   - name: equal names must mean equal losses.
  ///   - function: the mean over a batch of logits, given its targets.
  public init(
    _ name: String, function: @escaping @Sendable (_ logits: Tensor, _ targets: Tensor) -> Tensor
  ) {
    self.name = name
    self.function = function
  }

  /// For class numbers.
  public static let softmaxCrossEntropy = Loss(
    "softmax cross entropy", function: { GraftMetrics.softmaxCrossEntropy(fromLogits: $0, $1) })

  /// For class numbers where some classes count more than others: the mean over a batch of each sample's cross entropy
  /// times its class' weight.
  ///
  /// It is divided by the number of samples, as Keras' `class_weight` is, so that the micro-batches of a batch add up; PyTorch's
  /// `CrossEntropyLoss(weight:)` divides by the sum of their weights. The validation loss is weighted, too.
  ///
  /// - Parameter classWeights: one for each class, in the order of the logits.
  public static func softmaxCrossEntropy(classWeights: [Float]) -> Loss {
    require(
      classWeights.allSatisfy { $0 >= 0 && $0.isFinite },
      "Class weights are finite and 0 or more, not \(classWeights).")
    return Loss(
      "softmax cross entropy, classes weighted \(classWeights)",
      function: { logits, targets in
        // A distribution times a factor has that many times the loss and the gradient.
        GraftMetrics.softmaxCrossEntropy(
          fromLogits: logits, weighted(targets, by: classWeights, logits: logits.shape))
      })
  }

  /// Class numbers as rows that hold the weight of the class at its place.
  private static func weighted(_ targets: Tensor, by weights: [Float], logits: Tensor.Shape) -> Tensor {
    require(
      logits.rank == 2 && logits[1] == weights.count,
      "\(weights.count) class weights do not fit logits of shape \(logits).")
    require(
      targets.scalarType == .int32 && targets.shape == [logits[0]],
      "Class numbers of \(logits[0]) samples are int32 of shape \(logits[0]), not \(targets.scalarType) of shape "
        + "\(targets.shape).")
    let numbers = targets.withUnsafeBytes { $0.bindMemory(to: Int32.self).map(Int.init) }
    return Tensor(shape: logits) { shares in
      shares.initialize(repeating: 0)
      for (row, number) in numbers.enumerated() {
        require(
          weights.indices.contains(number),
          "Sample \(row) of the batch has class number \(number), and the \(weights.count) classes are 0 to "
            + "\(weights.count - 1).")
        shares[row * weights.count + number] = weights[number]
      }
    }
  }

  /// For masks.
  public static let binaryCrossEntropy = {
    var loss = mask("binary cross entropy") { GraftMetrics.binaryCrossEntropy(fromLogits: $0, $1) }
    loss.functionOfScores = { scores, kernel, upsample, targets in
      GraftMetrics.binaryCrossEntropy(
        fromScores: scores, enlargedBy: kernel, strides: upsample.strides, padding: upsample.padding, targets)
    }
    return loss
  }()

  /// For masks whose foreground counts more than their background, or less.
  ///
  /// - Parameter foregroundWeight: not negative; the background weighs 1.
  public static func binaryCrossEntropy(foregroundWeight: Double) -> Loss {
    mask("binary cross entropy, foreground weighted \(foregroundWeight)") {
      GraftMetrics.binaryCrossEntropy(fromLogits: $0, $1, foregroundWeight: foregroundWeight)
    }
  }

  /// For masks: the Dice loss of the probabilities.
  ///
  /// - Parameter smoothing: in pixels, not negative; by default 1.
  public static func dice(smoothing: Double = 1) -> Loss {
    mask("Dice, smoothed by \(smoothing)") {
      diceLoss(fromProbabilities: sigmoid($0), $1, smoothing: smoothing)
    }
  }

  /// For masks: the soft-IoU loss of the probabilities.
  ///
  /// - Parameter smoothing: in pixels, not negative; by default 1.
  public static func softIoU(smoothing: Double = 1) -> Loss {
    mask("soft IoU, smoothed by \(smoothing)") {
      softIoULoss(fromProbabilities: sigmoid($0), $1, smoothing: smoothing)
    }
  }

  /// For masks: the focal loss.
  ///
  /// - Parameters:
  ///   - gamma: how much less a pixel counts that is already right; by default 2.
  ///   - alpha: from 0 to 1, the weight of the foreground; by default foreground and background weigh 1.
  public static func focal(gamma: Double = 2, alpha: Double? = nil) -> Loss {
    mask("focal, gamma \(gamma)\(alpha.map { ", alpha \($0)" } ?? "")") {
      focalLoss(fromLogits: $0, $1, gamma: gamma, alpha: alpha)
    }
  }

  private static func mask(
    _ name: String, function: @escaping @Sendable (_ logits: Tensor, _ targets: Tensor) -> Tensor
  ) -> Loss {
    Loss(name, function: function)
  }
}

extension GraftedNetwork {
  /// The loss of a batch.
  ///
  /// - Parameters:
  ///   - loss: is computed.
  ///   - input: the output of `stage`; preprocessed pictures where that is nil.
  ///   - stage: the last one that has run already.
  ///   - targets: what the loss compares with.
  ///   - context: training or inference.
  /// - Returns: a scalar, differentiable.
  public func loss(
    _ loss: Loss, of input: Tensor, after stage: EncoderStage.Name?, _ targets: Tensor, _ context: Context
  ) -> Tensor {
    guard let function = loss.functionOfScores, let upsample = head.upsample, upsample.bias == nil,
      upsample.activation == .linear
    else { return loss.function(logits(of: input, after: stage, context), targets) }
    let scores = head.scores(of: lastOutput(of: input, after: stage, context), context)
    return function(scores, context.value(of: upsample.kernel), upsample, targets)
  }
}
