import GraftDatasets
import GraftLayers
import GraftTensor
import GraftTraining

/// Everything that a face segmentation study may vary; the defaults are the paper's numbers.
///
/// Written beside the results, so that they can be told from those of another configuration.
public struct StudyConfiguration: Codable, Sendable, Equatable {
  /// The gender tuning of an encoder's last stage.
  public struct Gender: Codable, Sendable, Equatable {
    /// How many CelebA pictures at most: 12,000, a tenth of them for validation.
    public var limit = 12_000
    /// How they are chosen from the official training part.
    public var selection = CelebA.Attribute.Selection.random
    /// Samples in a batch.
    public var batchSize = 200
    /// Of the optimizer.
    public var learningRate: Float = 1e-4
    /// Epochs without a better validation loss that end it.
    public var patience = 20
    /// Epochs at most.
    public var epochs: Int?
  }

  /// The training of a decoder on a frozen encoder.
  public struct Segmentation: Codable, Sendable, Equatable {
    /// What is made small.
    public enum LossName: String, Codable, Sendable, CaseIterable {
      /// The paper's.
      case binaryCrossEntropy = "binary-cross-entropy"
      case softIoU = "soft-iou"
      case dice
    }

    /// Samples in a batch.
    public var batchSize = 200
    /// Of the optimizer.
    public var learningRate: Float = 1e-4
    /// Epochs without a better validation IoU that end it.
    public var patience = 50
    /// Epochs at most.
    public var epochs: Int?
    /// Seconds at most: the paper's 20 hours.
    public var seconds: Double? = 20 * 3600
    /// Of the penalty on the 1×1 kernel, for which the paper gives no number.
    public var penalty: Float = 1e-4
    /// What is made small.
    public var loss = LossName.binaryCrossEntropy
  }

  /// By which rule weights change.
  public enum OptimizerName: String, Codable, Sendable, CaseIterable {
    /// RMSprop with ρ 0.9: the paper's.
    case rmsprop
    /// Stochastic gradient descent with momentum 0.9, as Keras has it, which the paper says was tried (section 4.4).
    case sgd
  }

  /// The gender tuning.
  public var gender = Gender()
  /// The training of the decoders.
  public var segmentation = Segmentation()
  /// By which rule weights change, in both.
  public var optimizer = OptimizerName.rmsprop
  /// What RMSprop adds to its root: Keras 2.1.3 has 1e-7, before it was 1e-8.
  public var epsilon: Float = 1e-7
  /// Which fraction of each data set is for validation.
  public var validationFraction = 0.1
  /// Whether the validation part is the tail of each list, which the paper's numbers suggest, instead of a seeded draw.
  public var splitsByTail = false
  /// How the hard labels of LFW become masks of 224×224.
  public var lfwMasks = FaceMask.Resizing.nearest
  /// How the probabilities of HELEN do.
  public var helenMasks = FaceMask.Resizing.bilinear
  /// From which all that is random follows.
  public var seed: UInt64 = 1
  /// As what features are cached.
  public var featureType = ScalarType.float32
  /// How convolutions are computed.
  public var algorithm = ConvolutionAlgorithm.winograd

  /// The paper's numbers.
  public init() {}
}

// MARK: What follows from it

extension StudyConfiguration {
  var split: Split.Rule {
    splitsByTail ? .tail(validationFraction) : .random(validationFraction, seed: seed)
  }

  func makeOptimizer(learningRate: Float) -> any Optimizer {
    switch optimizer {
    case .rmsprop: RMSprop(learningRate: learningRate, epsilon: epsilon)
    case .sgd: SGD(.keras, learningRate: learningRate, momentum: 0.9)
    }
  }
}

extension StudyConfiguration.Gender {
  var stoppingRule: StoppingRule {
    let rule = StoppingRule.noImprovement(of: .validationLoss, for: patience)
    return epochs.map { rule.or(.epochs($0)) } ?? rule
  }
}

extension StudyConfiguration.Segmentation {
  var stoppingRule: StoppingRule {
    var rule = StoppingRule.noImprovement(of: .validationIoU, for: patience)
    rule.epochs = epochs
    rule.seconds = seconds
    return rule
  }

  var trainingLoss: Loss {
    switch loss {
    case .binaryCrossEntropy: .binaryCrossEntropy
    case .softIoU: .softIoU()
    case .dice: .dice()
    }
  }
}
