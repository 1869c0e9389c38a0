import Foundation
import GraftMetrics
import GraftTensor

/// What the tuned encoder gains in one condition in each of several runs with different seeds, and whether that is beyond
/// chance.
struct SeedComparison {
  let encoder: String
  let condition: FaceSegmentationResults.Condition
  /// By the run: in per-image hard IoU on the part that conclusions are drawn from.
  let gains: [Double]
  /// With Nadeau and Bengio's correction, as the runs divide the same pictures anew.
  let test: CorrectedTTest
  /// Corrected by Holm's rule, together with all comparisons of these runs.
  fileprivate(set) var pValue: Double

  /// All comparisons that two runs or more have finished.
  static func all(_ results: [FaceSegmentationResults]) -> [SeedComparison] {
    var comparisons = PaperFigures.ordered(results.flatMap(\.encoders.keys)).flatMap { name in
      FaceSegmentationResults.conditions(of: results.compactMap { $0.encoders[name] }).compactMap {
        SeedComparison(name, $0, results)
      }
    }
    for (index, pValue) in holmCorrected(comparisons.map(\.test.pValue)).enumerated() {
      comparisons[index].pValue = pValue
    }
    return comparisons
  }

  private init?(
    _ encoder: String, _ condition: FaceSegmentationResults.Condition, _ results: [FaceSegmentationResults]
  ) {
    let pairs = results.compactMap { $0.pair(encoder, condition) }
    guard pairs.count > 1 else { return nil }
    self.encoder = encoder
    self.condition = condition
    gains = pairs.compactMap { pair in
      let scores = [pair.control, pair.gender].compactMap { $0.scores.conclusive.network[.iou] }
      return scores.count == 2 ? scores[1] - scores[0] : nil
    }
    test = CorrectedTTest(
      differences: gains, measured: pairs[0].control.scores.conclusive.network.imageCount,
      trained: pairs[0].control.trainingPictures)
    pValue = test.pValue
  }
}

extension [SeedComparison] {
  static let columns = ["encoder", "data", "mask", "gain", "t", "p", "p, corrected", "at 0.05"]

  /// A row for each comparison, under ``columns``.
  var rows: [[String]] {
    map { comparison in
      [
        comparison.encoder, comparison.condition.dataset, comparison.condition.masks.title,
        Spread(comparison.gains).signedText, String(format: "%.2f", comparison.test.statistic),
        String(format: "%.4f", comparison.test.pValue), String(format: "%.4f", comparison.pValue),
        comparison.pValue < 0.05 ? "beyond chance" : "may be chance",
      ]
    }
  }

  /// Which tests these are, and how many gains survive them.
  func explanation(_ partition: MeasuredPartition) -> String {
    let survivors = self.count { $0.pValue < 0.05 }
    return """
      Gains in per-image hard IoU on the \(partition.rawValue) part. Each has a two-sided t test over the seeds with Nadeau \
      and Bengio's correction, because the runs divide the same pictures anew and are not independent. Holm's rule corrects \
      the p values of all \(counted(count, "gain")) together: \(survivors) of \(count) \(survivors == 1 ? "is" : "are") beyond \
      chance at 0.05.
      """
  }
}
