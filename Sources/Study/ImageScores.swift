import Foundation
import GraftDatasets
import GraftFiles
import GraftMetrics
import GraftTensor

/// What a decoder's predictions for one part of the data count, picture by picture.
protocol PictureScore: Codable {
  /// By how much each picture is right; by these the arms are compared, and pictures are chosen.
  var pictureValues: [Double] { get }
  /// How many predictions are not those of another network for the same pictures.
  func changedPredictionCount(from other: Self) -> Int
  /// How many different masks were predicted, told apart by their size. A decoder that gives all pictures one mask has not
  /// looked at any.
  var distinctPredictionCount: Int { get }
}

extension SegmentationScore: PictureScore {
  /// The per-image hard IoU.
  var pictureValues: [Double] { perImageHardIoUs.map { $0 ?? 1 } }
  func changedPredictionCount(from other: SegmentationScore) -> Int {
    zip(images, other.images).count { $0.softPredictedCount != $1.softPredictedCount }
  }
  var distinctPredictionCount: Int { Set(images.map(\.predictedCount)).count }
}

extension PixelClassScore: PictureScore {
  /// The mean IoU over the classes of each picture.
  var pictureValues: [Double] { perImageMeanIoUs.map { $0 ?? 1 } }
  func changedPredictionCount(from other: PixelClassScore) -> Int {
    imageIoUs.indices.count {
      imageIoUs[$0] != other.imageIoUs[$0] || imagePredictedCounts[$0] != other.imagePredictedCounts[$0]
    }
  }
  var distinctPredictionCount: Int { Set(imagePredictedCounts).count }
}

/// Of masks.
typealias ImageScores = ScoresByPicture<SegmentationScore>
/// Of several parts.
typealias PartScores = ScoresByPicture<PixelClassScore>

/// How well one decoder did on each picture of one part of the data: a file beside the results, from which gains and their
/// intervals are computed and pictures are chosen.
struct ScoresByPicture<Score: PictureScore>: Codable {
  /// What the pictures are called, in the order of the score.
  let identifiers: [String]
  /// Whom they show; nil where the data set does not say of each.
  let people: [String]?
  let score: Score

  init(of dataset: Dataset, score: Score) {
    identifiers = dataset.map(\.identifier)
    let people = dataset.compactMap(\.person)
    self.people = people.count == dataset.count ? people : nil
    self.score = score
  }

  init(contentsOf file: URL) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    } catch {
      throw StudyError(
        "\(file.path): the scores of a finished decoder cannot be read (\(JSONProblem.clause(for: error))). Remove the "
          + "output folder to begin anew.")
    }
  }

  func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: file)
  }

  /// What another arm gains over this one on the same pictures.
  func gain(of other: Self, random: RandomStream) throws -> StudyResults.Gain {
    guard identifiers == other.identifiers else {
      throw StudyError("The two arms were measured on different pictures, and cannot be compared.")
    }
    let differences = zip(score.pictureValues, other.score.pictureValues).map { $1 - $0 }
    let bootstrap = PairedBootstrap(differences: differences, groups: people, random: random)
    return StudyResults.Gain(
      mean: bootstrap.mean, lower: bootstrap.interval.lowerBound, upper: bootstrap.interval.upperBound,
      pValue: bootstrap.pValue, changedPredictions: score.changedPredictionCount(from: other.score),
      unit: people == nil ? .pictures : .people)
  }
}
