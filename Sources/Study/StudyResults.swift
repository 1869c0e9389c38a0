import Foundation
import GraftFiles
import GraftTensor

/// What a face segmentation study found, as `results.json` holds it.
public struct StudyResults: Codable, Sendable, Equatable {
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
  public struct Segmentation: Codable, Sendable, Equatable {
    /// What was measured on one part of the data.
    public struct Scores: Codable, Sendable, Equatable {
      /// The mean over pictures of the hard intersection over union.
      public var iou: Double
      /// The mean over pictures of the soft one.
      public var iouSoft: Double
      /// The hard one over all pixels together.
      public var iouGlobal: Double
      /// The mean of face and background, each over all pixels together.
      public var iouTwoClass: Double
      /// The constant mask's `iou`.
      public var meanMaskIoU: Double
      /// The constant mask's `iouSoft`, taken as probabilities.
      public var meanMaskIoUSoft: Double
      /// The constant mask's `iouGlobal`.
      public var meanMaskIoUGlobal: Double
      /// The constant mask's `iouTwoClass`.
      public var meanMaskIoUTwoClass: Double
      /// How many pictures there are.
      public var pictures: Int
      /// How many different masks they got, told apart by their size; 1 where all got the same.
      public var distinctPredictions: Int

      /// Whether pictures made no difference: all got one mask, or one of two that are each other's opposite, which is all
      /// that a decoder of pooled features can do.
      public var isBlind: Bool { distinctPredictions <= min(2, pictures - 1) }
    }

    /// `lfw` or `helen`.
    public var dataset: String
    /// Whether hair belongs to the mask.
    public var hair: Bool
    /// Which encoder.
    public var arm: Arm
    /// With the weights of the best epoch.
    public var scores: ByPartition<Scores>
    /// How many pictures it was trained on.
    public var trainingPictures: Int
    /// The first with the best validation value of the selected IoU, from 1.
    public var bestEpoch: Int
    /// How many there were.
    public var epochs: Int
  }

  /// What the tuned arm gains over the control on the same pictures, by the per-image hard IoU, of parts its
  /// mean over the classes in a picture, with a 95 % interval from a paired bootstrap.
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
    public var segmentation: [Segmentation] = []
    /// Decoders that tell parts apart, in the order in which they were trained; nil where there are none.
    public var parts: [Parts]?
    /// By condition, such as `lfw-hair` or `lfw-parts`; once both arms are done.
    public var gains: [String: ByPartition<Gain>] = [:]
    /// Nil until the tuning is done.
    public var encoderDigest: EncoderDigest?

    /// Notes what is known so far.
    public init(gender: Gender? = nil, segmentation: [Segmentation] = []) {
      self.gender = gender
      self.segmentation = segmentation
    }
  }

  /// Of this format; it changes where older files cannot be read any more.
  public static let schema = 5
  /// Of the file.
  public var schema = Self.schema
  /// By what they are for (`gender`, `lfw`, `helen`); empty until they were looked at.
  public var datasets: [String: Dataset] = [:]
  /// By name.
  public var encoders: [String: Encoder] = [:]
  /// Spent on each stage, over all calls that it took.
  public var seconds: [String: Double] = [:]
  /// What the frozen stages took for a picture, by encoder and then by stage.
  public var featureSeconds: [String: [String: Double]] = [:]
  /// What computing the frozen stages anew in every epoch, instead of caching them, would have taken: computed from
  /// ``featureSeconds``.
  public var secondsWithoutCache = 0.0
  /// The most memory that the program has held at a time.
  public var peakMemoryBytes = 0
  /// The same for each stage.
  public var peakMemoryBytesByStage: [String: Int] = [:]
  /// What it was computed with.
  public var environment = ComputeEnvironment.current
  /// With what settings.
  public var configuration: StudyConfiguration

  /// No results yet.
  public init(configuration: StudyConfiguration) { self.configuration = configuration }

  /// Reads results; nil if there is no such file.
  public init?(contentsOf file: URL) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      let content = try Data(contentsOf: file)
      let schema = try JSONDecoder().decode(Schema.self, from: content).schema
      guard schema == Self.schema else {
        throw StudyError(
          "\(file.path): these results were written by another version of Graft (schema \(schema), and this one has "
            + "\(Self.schema)). Name another output folder.")
      }
      self = try JSONDecoder().decode(StudyResults.self, from: content)
    } catch let error as StudyError {
      throw error
    } catch {
      throw StudyError(
        "\(file.path): these are no results of a face segmentation study (\(JSONProblem.clause(for: error))). Name another output folder, or "
          + "remove the file.")
    }
  }

  /// Writes the results, whole or not at all.
  public func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self) + Data("\n".utf8), to: file)
  }
}

private struct Schema: Decodable {
  let schema: Int
}

/// Why a study cannot be run.
public struct StudyError: LocalizedError, CustomStringConvertible {
  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
