import Foundation

extension FaceSegmentationStudy {
  /// Says so, and why that may be, where a classifier does no better than one that always gives the same answer.
  func warnAboutBaseline(of gender: StudyResults.Gender, _ subject: Subject, trainingCount: Int) {
    let scores = gender.scores.conclusive
    guard scores.accuracy <= scores.majorityShare else { return }
    let settings = configuration.gender
    console.warn(
      """
      \(subject.name) has not learned gender: its accuracy is \(percent(scores.accuracy)), and always saying the more \
      frequent class gives \(percent(scores.majorityShare)). \
      \(steps(gender.epochs, of: trainingCount, by: settings.batchSize, at: settings.learningRate)) The paper's settings \
      are for 12,000 pictures: with fewer, smaller batches at a smaller rate take it further\(presetHint(settings.batchSize)).
      """)
  }

  /// Says so, and why that may be, where a decoder does no better than a mask that is the same for every picture.
  func warnAboutBaseline(of result: StudyResults.Segmentation, _ subject: Subject, trainingCount: Int) {
    let scores = result.scores.conclusive
    guard scores.iou <= scores.meanMaskIoU else { return }
    warn(
      "\(subject.name) \(result.condition.text), \(result.arm.rawValue)", iou: scores.iou,
      baseline: scores.meanMaskIoU, epochs: (result.bestEpoch, result.epochs), trainingCount)
  }

  /// The same of a decoder that tells parts apart.
  func warnAboutBaseline(of result: StudyResults.Parts, _ subject: Subject, trainingCount: Int) {
    let scores = result.scores.conclusive
    guard scores.iou <= scores.constantMaskIoU else { return }
    warn(
      "\(subject.name) \(result.condition.text), \(result.arm.rawValue)", iou: scores.iou,
      baseline: scores.constantMaskIoU, epochs: (result.bestEpoch, result.epochs), trainingCount)
  }

  private func warn(
    _ decoder: String, iou: Double, baseline: Double, epochs: (best: Int, all: Int), _ trainingCount: Int
  ) {
    let settings = configuration.segmentation
    let late = epochs.best >= epochs.all - 1 ? " It was still improving when it ended." : ""
    console.warn(
      """
      \(decoder): its IoU of \(decimal(iou)) does not exceed \(decimal(baseline)), that of a mask that is the same for every picture. \
      \(steps(epochs.all, of: trainingCount, by: settings.batchSize, at: settings.learningRate))\(late) More epochs, \
      smaller batches or a larger rate take it further\(presetHint(settings.batchSize)).
      """)
  }

  /// Where to find smaller batches, for those who have not found them.
  private func presetHint(_ batchSize: Int) -> String {
    let small = StudyConfiguration(.small)
    return batchSize > max(small.gender.batchSize, small.segmentation.batchSize)
      ? ": --preset small has them" : ""
  }

  private func steps(_ epochs: Int, of count: Int, by batchSize: Int, at rate: Float) -> String {
    let steps = epochs * ((count + batchSize - 1) / batchSize)
    return "It took \(steps) steps of \(min(batchSize, count)) pictures at a learning rate of \(rate)."
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
