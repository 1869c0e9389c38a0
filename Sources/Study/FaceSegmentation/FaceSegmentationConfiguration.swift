import GraftDatasets
import GraftLayers
import GraftTensor
import GraftTraining

/// Everything that a face segmentation study may vary; the defaults are the paper's numbers.
///
/// What the paper leaves open is a setting, too, with the choice that the documentation recommends for its default.
/// Written beside the results, so that they can be told from those of another configuration.
public struct FaceSegmentationConfiguration: RunConfiguration {
  /// The gender tuning of an encoder's last stage.
  public struct Gender: Codable, Sendable, Equatable {
    /// How many CelebA pictures at most for training and validation: 12,000, a tenth of them for validation.
    public var limit = 12_000
    /// How they are chosen from the official training part.
    public var selection = Dataset.Selection.random
    /// Samples in a batch.
    public var batchSize = 200
    /// Of the optimizer.
    public var learningRate: Float = 1e-4
    /// Epochs without a better validation loss that end it.
    public var patience = 20
    /// Epochs at most.
    public var epochs: Int?
  }

  /// The training of a decoder on an encoder.
  public struct Segmentation: Codable, Sendable, Equatable {
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
    /// What decoders minimise.
    public var loss = SegmentationTask.LossName.crossEntropy
    /// Which intersection over union decides about the best epoch, and about when to stop; all four are reported.
    public var selectionIoU = IoUDefinition.hard
    /// What the decoder reads.
    public var decoderInput = DecoderInput.map
    /// What of the encoder is trained with the decoder.
    public var trainedStages = TrainedStages.none
  }

  /// The gender tuning.
  public var gender = Gender()
  /// The training of the decoders.
  public var segmentation = Segmentation()
  /// By which rule weights change, in both.
  public var optimizer = OptimizerName.rmsprop
  /// What RMSprop adds to its root: Keras 2.1.3 has 1e-7, before it was 1e-8.
  public var epsilon: Float = 1e-7
  /// Which statistics frozen batch normalisations use in training.
  public var frozenBatchNorm = FrozenBatchNorm.inference
  /// Which fraction of each data set is for validation, unless the publishers' parts are taken.
  public var validationFraction = 0.1
  /// How each data set is divided into training and validation.
  public var split = SplitRule.random
  /// Whether a test part of each data set is set aside, on which each network is measured once.
  public var testPart = TestPartRule.setAside
  /// How pictures are brought to the size that the encoder sees.
  public var pictureResizing = PictureResizing.bilinear
  /// How the hard labels of LFW become masks of 224×224.
  public var lfwMasks = Mask.Resizing.nearest
  /// How the probabilities of HELEN do.
  public var helenMasks = Mask.Resizing.bilinear
  /// Where HELEN's probabilities make a face.
  public var helenThreshold = HELEN.ThresholdRule.standard
  /// From which all that is random follows.
  public var seed: UInt64 = 1
  /// As what features are cached.
  public var featureType = ScalarType.float32
  /// How convolutions are computed.
  public var algorithm = ConvolutionAlgorithm.winograd

  /// The paper's numbers.
  public init() {}
}
