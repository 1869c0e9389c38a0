import GraftTensor

/// The numbers that a confusion matrix holds for each class, each a quotient of counts.
///
/// With TP samples of a class predicted as it, FP others predicted as it, and FN of it predicted as others. The formulas
/// and averages are those of scikit-learn's `precision_recall_fscore_support` and `jaccard_score`.
public enum ClassScoreKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// TP / (TP + FP): how much of what was predicted as the class is of it. Undefined if nothing was.
  case precision
  /// TP / (TP + FN): how much of the class was found. Undefined if there is none of it.
  case recall
  /// 2 TP / (2 TP + FP + FN): the harmonic mean of both, and for pixels the Dice coefficient.
  case f1
  /// TP / (TP + FP + FN): intersection over union.
  case iou
}

extension ConfusionMatrix {
  /// How the scores of the classes become one number.
  public enum Average: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every class weighs the same.
    case macro
    /// Every class weighs as much as it has samples.
    case weighted
    /// Counts are added up over all classes first. Precision, recall and F1 then all are the accuracy.
    case micro
  }

  /// How many samples there are.
  public var count: Int { counts.joined().reduce(0, +) }

  /// How many samples of each class there are: the sums of the rows, scikit-learn's support.
  public var truthCounts: [Int] { counts.map { $0.reduce(0, +) } }

  /// How many samples were predicted as each class: the sums of the columns.
  public var predictedCounts: [Int] {
    counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } }
  }

  /// TP / (TP + FP) of each class; nil where nothing was predicted as it.
  public var precisions: [Double?] { scores(.precision) }
  /// TP / (TP + FN) of each class; nil where there is none of it.
  public var recalls: [Double?] { scores(.recall) }
  /// 2 TP / (2 TP + FP + FN) of each class; nil where there is none of it, neither in truth nor predicted.
  public var f1Scores: [Double?] { scores(.f1) }
  /// TP / (TP + FP + FN) of each class; nil where there is none of it, neither in truth nor predicted.
  public var ious: [Double?] { scores(.iou) }

  /// A score of each class; nil where it is undefined, that is 0 / 0.
  public func scores(_ kind: ClassScoreKind) -> [Double?] { fractions(kind).map(\.value) }

  /// A score of all classes together.
  ///
  /// Not a number before the first sample, and where no class is left to average.
  ///
  /// - Parameters:
  ///   - kind: which.
  ///   - average: how the classes weigh.
  ///   - undefined: what a class counts whose score is 0 / 0; by default 0, as in scikit-learn. Nil leaves the class out
  ///     of the mean.
  public func score(_ kind: ClassScoreKind, average: Average, undefined: Double? = 0) -> Double {
    let fractions = fractions(kind)
    guard count > 0 else { return .nan }
    if average == .micro {
      let above = fractions.reduce(0) { $0 + $1.above }
      return Double(above) / Double(fractions.reduce(0) { $0 + $1.below })
    }
    let weights = average == .macro ? counts.map { _ in 1 } : truthCounts
    var (total, weight) = (0.0, 0)
    for (fraction, own) in zip(fractions, weights) {
      guard let value = fraction.value ?? undefined else { continue }
      total += value * Double(own)
      weight += own
    }
    return total / Double(weight)
  }

  private func fractions(_ kind: ClassScoreKind) -> [(above: Int, below: Int, value: Double?)] {
    let (truths, predictions) = (truthCounts, predictedCounts)
    return counts.indices.map { index in
      let hits = counts[index][index]
      let (above, below) =
        switch kind {
        case .precision: (hits, predictions[index])
        case .recall: (hits, truths[index])
        case .f1: (2 * hits, truths[index] + predictions[index])
        case .iou: (hits, truths[index] + predictions[index] - hits)
        }
      return (above, below, below == 0 ? nil : Double(above) / Double(below))
    }
  }
}

// MARK: Pixels

extension ConfusionMatrix {
  /// Adds every pixel of a batch, of which the class with the greatest logit is predicted.
  ///
  /// - Parameters:
  ///   - logits: of shape N×H×W×classes; probabilities do as well. Of equal ones the first counts as the greatest.
  ///   - labels: the class number of each pixel: int32 or uint8, of shape N×H×W or N×H×W×1.
  ///   - ignoredClass: the label of pixels that are left out; it need be no class. By default all count.
  public mutating func add(pixelLogits logits: Tensor, labels: Tensor, ignoredClass: Int? = nil) {
    require(
      logits.shape.rank >= 2 && logits.shape[logits.shape.rank - 1] == classCount,
      "This confusion matrix takes logits of shape N×H×W×\(classCount), not \(logits.shape).")
    let truths = labels.rowLabels(for: logits, ignoring: ignoredClass).map(Int.init)
    let kept = zip(logits.indexOfMaximumAlongLastAxis(), truths).filter { $0.1 >= 0 }
    add(predictions: kept.map(\.0), truths: kept.map(\.1))
  }
}
