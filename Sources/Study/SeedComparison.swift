import GraftDatasets
import Foundation
import GraftMetrics
import GraftTensor

/// What the tuned encoder gains in one condition in each of several runs with different seeds, and whether that is beyond
/// chance.
struct SeedComparison {
  let encoder: String
  let condition: StudyResults.ConditionName
  /// By the run: in per-image hard IoU, of parts in the mean IoU over classes; on the part that conclusions are drawn from.
  let gains: [Double]
  /// With Nadeau and Bengio's correction, as the runs divide the same pictures anew.
  let test: CorrectedTTest
  /// Corrected by Holm's rule, together with all comparisons of these runs.
  fileprivate(set) var pValue: Double

  /// All comparisons that two runs or more have finished.
  static func all(_ results: [StudyResults]) -> [SeedComparison] {
    var comparisons = PaperFigures.ordered(results.flatMap(\.encoders.keys)).flatMap { name in
      masks(of: name, results) + parts(of: name, results)
    }
    for (index, pValue) in holmCorrected(comparisons.map(\.test.pValue)).enumerated() {
      comparisons[index].pValue = pValue
    }
    return comparisons
  }

  private static func masks(of encoder: String, _ results: [StudyResults]) -> [SeedComparison] {
    StudyResults.conditions(of: results.compactMap { $0.encoders[encoder] }).compactMap { condition in
      let pairs = results.compactMap { $0.pair(encoder, condition) }
      return pairs.first.flatMap { first in
        SeedComparison(
          encoder, condition,
          gains: pairs.map { $0.gender.scores.conclusive.iou - $0.control.scores.conclusive.iou },
          measured: first.control.scores.conclusive.pictures, trained: first.control.trainingPictures)
      }
    }
  }

  private static func parts(of encoder: String, _ results: [StudyResults]) -> [SeedComparison] {
    let pairs = results.flatMap { $0.encoders[encoder]?.partPairs ?? [] }.compactMap { pair in
      pair.control.flatMap { control in pair.gender.map { (control: control, gender: $0) } }
    }
    let datasets = pairs.map(\.control.dataset)
    return Set(datasets).sorted { datasets.firstIndex(of: $0) ?? 0 < datasets.firstIndex(of: $1) ?? 0 }
      .compactMap { dataset in
        let own = pairs.filter { $0.control.dataset == dataset }
        return own.first.flatMap { first in
          SeedComparison(
            encoder, .init(dataset: dataset, classes: .parts),
            gains: own.map { $0.gender.scores.conclusive.iou - $0.control.scores.conclusive.iou },
            measured: first.control.scores.conclusive.pictures, trained: first.control.trainingPictures)
        }
      }
  }

  private init?(
    _ encoder: String, _ condition: StudyResults.ConditionName, gains: [Double], measured: Int, trained: Int
  ) {
    guard gains.count > 1 else { return nil }
    self.encoder = encoder
    self.condition = condition
    self.gains = gains
    test = CorrectedTTest(differences: gains, measured: measured, trained: trained)
    pValue = test.pValue
  }
}

extension [SeedComparison] {
  static let columns = ["encoder", "data", "mask", "gain", "t", "p", "p, corrected", "at 0.05"]

  /// A row for each comparison, under ``columns``.
  var rows: [[String]] {
    map { comparison in
      [
        comparison.encoder, comparison.condition.dataset, comparison.condition.classes.title,
        Spread(comparison.gains).signedText, String(format: "%.2f", comparison.test.statistic),
        String(format: "%.4f", comparison.test.pValue), String(format: "%.4f", comparison.pValue),
        comparison.pValue < 0.05 ? "beyond chance" : "may be chance",
      ]
    }
  }

  /// Which tests these are, and how many gains survive them.
  func explanation(_ partition: StudyResults.Partition) -> String {
    """
    Gains in per-image hard IoU (of parts: in mean IoU) on the \(partition.rawValue) part. Each has a two-sided t test over \
    the seeds with Nadeau and Bengio's correction, because the runs divide the same pictures anew and are not independent. \
    The \(count) p values are corrected together by Holm's rule: \(self.count { $0.pValue < 0.05 }) of \(count) gains are \
    beyond chance at 0.05.
    """
  }
}
