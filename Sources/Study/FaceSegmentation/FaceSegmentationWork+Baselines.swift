import GraftMetrics
import Foundation

extension FaceSegmentationWork {
  /// Says so, and why that may be, where a classifier does no better than one that always gives the same answer.
  func warnAboutBaseline(
    of gender: FaceSegmentationResults.Gender, _ subject: FaceSegmentationStudy.Subject, trainingCount: Int
  ) throws {
    let scores = gender.scores.conclusive
    guard !scores.beatsMajority else { return }
    let settings = configuration.gender
    try run.warn(
      """
      \(subject.name) has not learned gender: its accuracy is \(percent(scores.accuracy)), and always saying the more \
      frequent class gives \(percent(scores.majorityShare)). \
      \(steps(gender.epochs, of: trainingCount, by: settings.batchSize, at: settings.learningRate)) The paper's settings \
      are for 12,000 pictures: with fewer, smaller batches at a smaller rate take it further\(presetHint(settings.batchSize)).
      """)
  }

  /// Says so, and why that may be, where a decoder does no better than a mask that is the same for every picture.
  func warnAboutBaseline(
    of decoder: FaceSegmentationResults.Decoder, _ subject: FaceSegmentationStudy.Subject, trainingCount: Int
  ) throws {
    let scores = decoder.scores.conclusive
    guard !scores.beatsConstantMask, let iou = scores.network[.iou], let constant = scores.constantMask[.iou]
    else { return }
    let settings = configuration.segmentation
    let late = decoder.bestEpoch >= decoder.epochs - 1 ? " It was still improving when it ended." : ""
    try run.warn(
      """
      \(subject.name) \(decoder.title): its IoU of \(decimal(iou)) does not exceed \(decimal(constant)), that of a mask that is \
      the same for every picture. \
      \(steps(decoder.epochs, of: trainingCount, by: settings.batchSize, at: settings.learningRate))\(late) More epochs, \
      smaller batches or a larger rate take it further\(presetHint(settings.batchSize)).
      """)
  }

  /// Where to find smaller batches, for those who have not found them.
  private func presetHint(_ batchSize: Int) -> String {
    let small = FaceSegmentationConfiguration(.small)
    return batchSize > max(small.gender.batchSize, small.segmentation.batchSize)
      ? ": the preset \"small\" has them" : ""
  }

  private func steps(_ epochs: Int, of count: Int, by batchSize: Int, at rate: Float) -> String {
    let steps = epochs * ((count + batchSize - 1) / batchSize)
    let pictures = min(batchSize, count)
    return
      "It took \(counted(steps, "step")) of \(counted(pictures, "picture")) at a learning rate of \(rate)."
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}

extension FaceSegmentationResults.Gender.Scores {
  /// Whether the classifier does better than always giving the more frequent class.
  var beatsMajority: Bool { accuracy > majorityShare }
}

/// `1 step`, `2 steps`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
