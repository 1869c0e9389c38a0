import Foundation
import GraftTensor

/// Whether the mean difference over several runs is more than chance, where each run splits the same samples anew: Nadeau
/// and Bengio's corrected resampled t test ("Inference for the generalization error", Machine Learning 52, 2003).
///
/// Runs that share samples are not independent, and a plain t test finds significance too often. The variance of the mean, s² / n, is
/// therefore taken to be s² · (1 / n + measured / trained), where `measured` and `trained` are how many samples each run was
/// measured on and trained on; the statistic mean / √variance is compared with Student's distribution of n − 1 degrees of
/// freedom.
///
/// ```swift
/// let gain = CorrectedTTest(differences: [0.023, 0.031, 0.015], measured: 220, trained: 432)
/// print(gain.statistic, gain.pValue)
/// ```
public struct CorrectedTTest: Sendable, Hashable, Codable {
  /// The mean of the differences.
  public let mean: Double
  /// The mean divided by its corrected standard error; infinite where all differences are equal and not 0, 0 where all are 0.
  public let statistic: Double
  /// The two-sided p value; not a number where a difference is none.
  public let pValue: Double

  /// Carries out the test.
  ///
  /// - Parameters:
  ///   - differences: one for each run; at least two.
  ///   - measured: how many samples a run was measured on.
  ///   - trained: how many samples a run was trained on; at least one.
  public init(differences: [Double], measured: Int, trained: Int) {
    require(
      differences.count > 1 && measured >= 0 && trained > 0,
      "A t test takes two or more differences, and runs that were trained on something, not \(differences.count) "
        + "differences of runs trained on \(trained) samples and measured on \(measured).")
    let count = Double(differences.count)
    mean = differences.reduce(0, +) / count
    let mean = mean
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let error = (variance * (1 / count + Double(measured) / Double(trained))).squareRoot()
    // Rounding may leave a variance where all differences are equal.
    let isConstant = differences.allSatisfy { $0 == differences[0] }
    statistic = mean == 0 ? 0 : isConstant ? .infinity * mean : mean / error
    pValue = Self.twoSidedPValue(of: statistic, degreesOfFreedom: differences.count - 1)
  }

  /// The probability that a t-distributed value lies at least as far from 0 as a statistic (Abramowitz and Stegun, "Handbook of
  /// Mathematical Functions", 26.7.3 and 26.7.4, exact for whole degrees of freedom).
  static func twoSidedPValue(of statistic: Double, degreesOfFreedom: Int) -> Double {
    if statistic.isNaN { return .nan }
    if statistic.isInfinite { return 0 }
    let angle = atan(abs(statistic) / Double(degreesOfFreedom).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = degreesOfFreedom % 2 == 1
    // Each term of the series is the one before times cos² (k − 1) / k, with k of the parity of the series.
    var (term, sum) = (isOdd ? cosine : 1, 0.0)
    for k in stride(from: isOdd ? 3 : 2, through: degreesOfFreedom, by: 2) {
      sum += term
      term *= cosine * cosine * Double(k - 1) / Double(k)
    }
    let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    return max(0, 1 - within)
  }
}
