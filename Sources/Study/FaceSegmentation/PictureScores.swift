import Foundation
import GraftDatasets
import GraftFiles
import GraftMetrics
import GraftTensor

/// How well one decoder did on each picture of one part of the data: a file beside the results, from which gains and their
/// intervals are computed and pictures are chosen.
struct PictureScores: Codable {
  /// Of one picture.
  struct Entry: Codable {
    let identifier: String
    /// Whom it shows; nil where the data set does not say.
    let person: String?
    /// Per image, hard.
    let iou: Double
    /// What was predicted, in numbers that are equal where two decoders predict the same.
    let prediction: [Double]
  }

  let pictures: [Entry]

  init(of dataset: Dataset, counts: any SegmentationCounts) {
    pictures = zip(dataset, zip(counts.imageIoUs, counts.imagePredictions)).map { sample, measured in
      Entry(
        identifier: sample.identifier, person: sample.person, iou: measured.0, prediction: measured.1)
    }
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
  func gain(of other: PictureScores, random: RandomStream) throws -> FaceSegmentationResults.Gain {
    guard pictures.map(\.identifier) == other.pictures.map(\.identifier) else {
      throw StudyError("The two arms were measured on different pictures, and cannot be compared.")
    }
    let people = pictures.compactMap(\.person)
    let isKnown = people.count == pictures.count
    let pairs = zip(pictures, other.pictures)
    let bootstrap = PairedBootstrap(
      differences: pairs.map { $1.iou - $0.iou }, groups: isKnown ? people : nil, random: random)
    return FaceSegmentationResults.Gain(
      mean: bootstrap.mean, lower: bootstrap.interval.lowerBound, upper: bootstrap.interval.upperBound,
      pValue: bootstrap.pValue, changedPredictions: pairs.count { $0.prediction != $1.prediction },
      unit: isKnown ? .people : .pictures)
  }
}
