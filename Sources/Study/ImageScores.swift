import Foundation
import GraftDatasets
import GraftFiles
import GraftMetrics
import GraftTensor

/// How well one decoder did on each picture of its validation part: a file beside the results, from which gains and their
/// intervals are computed and pictures are chosen.
struct ImageScores: Codable {
  /// What the pictures are called, in the order of the score.
  let identifiers: [String]
  /// Whom they show; nil where the data set does not say of each.
  let people: [String]?
  let score: SegmentationScore

  init(of dataset: any PictureDataset, score: SegmentationScore) {
    identifiers = (0..<dataset.count).map(dataset.identifier)
    let people = (0..<dataset.count).compactMap(dataset.person)
    self.people = people.count == dataset.count ? people : nil
    self.score = score
  }

  init(contentsOf file: URL) throws {
    do {
      self = try JSONDecoder().decode(ImageScores.self, from: Data(contentsOf: file))
    } catch {
      throw StudyError(
        "\(file.path): the scores of a finished decoder cannot be read (\(error.localizedDescription)). Remove the "
          + "output folder to begin anew.")
    }
  }

  func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: file)
  }

  /// How many different masks were predicted, told apart by their size. A decoder that gives all pictures one mask has not
  /// looked at any.
  var distinctPredictionCount: Int { Set(score.images.map(\.predictedCount)).count }

  /// What another arm gains over this one on the same pictures, under the per-image hard definition.
  func gain(of other: ImageScores, random: RandomStream) throws -> StudyResults.Gain {
    guard identifiers == other.identifiers else {
      throw StudyError("The two arms were measured on different pictures, and cannot be compared.")
    }
    let pairs = zip(score.perImageHardIoUs, other.score.perImageHardIoUs)
    let differences = pairs.map { ($1 ?? 1) - ($0 ?? 1) }
    let bootstrap = PairedBootstrap(differences: differences, groups: people, random: random)
    let changed = zip(score.images, other.score.images).count {
      $0.softPredictedCount != $1.softPredictedCount
    }
    return StudyResults.Gain(
      mean: bootstrap.mean, lower: bootstrap.interval.lowerBound, upper: bootstrap.interval.upperBound,
      pValue: bootstrap.pValue, changedPredictions: changed)
  }
}
