import GraftDatasets
import GraftMetrics

/// What a face segmentation study found, as the `results.json` of its run holds it.
public struct FaceSegmentationResults: RunResults {
  /// The gender tuning of one encoder.
  public struct Gender: Codable, Sendable, Equatable {
    /// How often a classifier is right on one part of the data.
    public struct Scores: Codable, Sendable, Equatable {
      /// The share of pictures whose class is the more likely one.
      public var accuracy: Double
      /// The accuracy of always giving the class that is more frequent in this part.
      public var majorityShare: Double
      /// How many pictures there are.
      public var pictures: Int

      /// Notes what was measured.
      public init(accuracy: Double, majorityShare: Double, pictures: Int) {
        self.accuracy = accuracy
        self.majorityShare = majorityShare
        self.pictures = pictures
      }
    }

    /// With the weights of the best epoch.
    public var scores: ByPartition<Scores>
    /// How many pictures it was trained on.
    public var trainingPictures: Int
    /// The first with the best validation accuracy, from 1.
    public var bestEpoch: Int
    /// How many there were.
    public var epochs: Int

    /// Notes a tuning.
    public init(scores: ByPartition<Scores>, trainingPictures: Int, bestEpoch: Int, epochs: Int) {
      self.scores = scores
      self.trainingPictures = trainingPictures
      self.bestEpoch = bestEpoch
      self.epochs = epochs
    }
  }

  /// Which of the two encoders a decoder was trained on.
  public enum Arm: String, Codable, Sendable, CaseIterable {
    /// The encoder as it was published.
    case control
    /// The encoder whose last stage was tuned on gender.
    case gender
  }

  /// One decoder: its scores at its best epoch, and those of the constant mask.
  public struct Decoder: Codable, Sendable, Equatable {
    /// `lfw` or `helen`.
    public var dataset: String
    /// What it tells apart.
    public var masks: FaceClasses
    /// Which encoder.
    public var arm: Arm
    /// With the weights of the best epoch.
    public var scores: ByPartition<ConstantMaskComparison>
    /// How many pictures it was trained on.
    public var trainingPictures: Int
    /// The first with the best validation value of the selected measure, from 1.
    public var bestEpoch: Int
    /// How many there were.
    public var epochs: Int

    /// Notes a decoder.
    public init(
      dataset: String, masks: FaceClasses, arm: Arm, scores: ByPartition<ConstantMaskComparison>,
      trainingPictures: Int,
      bestEpoch: Int, epochs: Int
    ) {
      self.dataset = dataset
      self.masks = masks
      self.arm = arm
      self.scores = scores
      self.trainingPictures = trainingPictures
      self.bestEpoch = bestEpoch
      self.epochs = epochs
    }
  }

  /// What the tuned arm gains over the control on the same pictures in the per-image hard IoU, with a 95 % interval from a
  /// paired bootstrap.
  public struct Gain: Codable, Sendable, Equatable {
    /// What a bootstrap draws as one.
    public enum Unit: String, Codable, Sendable {
      /// All pictures of a person.
      case people
      /// Single pictures, where the data set does not say who is on each.
      case pictures
    }

    /// The mean difference.
    public var mean: Double
    /// The ends of the interval.
    public var lower, upper: Double
    /// Two-sided, of this comparison alone: not corrected for how many there are.
    public var pValue: Double
    /// How many predictions differ between the arms; 0 where the comparison is void.
    public var changedPredictions: Int
    /// What was drawn.
    public var unit: Unit
  }

  /// Digests of the weights of both arms, which must differ.
  public struct EncoderDigest: Codable, Sendable, Equatable {
    /// Of the published encoder.
    public var control: String
    /// Of the tuned one.
    public var gender: String
  }

  /// All that was found with one encoder.
  public struct Encoder: Codable, Sendable, Equatable {
    /// Nil until the tuning is done.
    public var gender: Gender?
    /// In the order in which they were trained.
    public var decoders: [Decoder] = []
    /// By condition, such as `lfw-hair` or `lfw-parts`; once both arms are done.
    public var gains: [String: ByPartition<Gain>] = [:]
    /// Nil until the tuning is done.
    public var encoderDigest: EncoderDigest?

    /// Notes what is known so far.
    public init(gender: Gender? = nil, decoders: [Decoder] = []) {
      self.gender = gender
      self.decoders = decoders
    }
  }

  /// What the results are of.
  public static let title = "face segmentation study"
  /// Of this format; it changes where older files cannot be read any more.
  public static let schema = 6
  /// Of the file.
  public var schema = FaceSegmentationResults.schema
  /// What every run notes.
  public var run = RunRecord()
  /// By name.
  public var encoders: [String: Encoder] = [:]
  /// With what settings.
  public var configuration: FaceSegmentationConfiguration

  /// No results yet.
  public init(configuration: FaceSegmentationConfiguration) { self.configuration = configuration }

  /// The parts on which the networks of this study were measured, the one that conclusions are drawn from first.
  var partitions: [MeasuredPartition] {
    configuration.testPart == .none ? [.validation] : [.test, .validation]
  }
}
