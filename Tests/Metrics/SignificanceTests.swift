@testable import GraftMetrics
import TestSupport
import Testing

struct SignificanceTests {
  /// As `statsmodels.stats.multitest.multipletests(method="holm")` has it.
  @Test func holmCorrectsTheSmallestMost() {
    #expect(
      holmCorrected([0.01, 0.04, 0.03, 0.005]).map { ($0 * 1e6).rounded() } == [
        30_000, 60_000, 60_000, 20_000,
      ])
    #expect(holmCorrected([0.5, 0.6]) == [1, 1])
    #expect(holmCorrected([0.02]) == [0.02] && holmCorrected([]).isEmpty)
    #expect(holmCorrected([0.2, 0.2]) == [0.4, 0.4])
  }

  /// Quantiles of Student's distribution from its printed tables, of which 5 % or 1 % lie further out.
  @Test(arguments: [
    (1, 12.7062, 0.05), (2, 4.30265, 0.05), (3, 3.18245, 0.05), (4, 2.77645, 0.05), (9, 2.26216, 0.05),
    (10, 2.22814, 0.05), (2, 9.92484, 0.01), (7, 3.49948, 0.01), (30, 2.75000, 0.01),
  ])
  func pValuesAreStudents(degreesOfFreedom: Int, statistic: Double, pValue: Double) {
    for sign in [1.0, -1] {
      expectClose(
        CorrectedTTest.twoSidedPValue(of: sign * statistic, degreesOfFreedom: degreesOfFreedom), pValue,
        within: 1e-6, "\(degreesOfFreedom)")
    }
  }

  @Test func sharedSamplesMakeATestMoreCareful() {
    let differences = [0.016, 0.030, 0.023]
    let plain = CorrectedTTest(differences: differences, measured: 0, trained: 630)
    // The mean is 0.023 and the variance 4.9e-5.
    expectClose(plain.statistic, 0.023 / (4.9e-5 / 3).squareRoot(), within: 1e-9, "statistic")
    expectClose(plain.pValue, 0.029516, within: 1e-5, "plain")
    let corrected = CorrectedTTest(differences: differences, measured: 70, trained: 630)
    expectClose(
      corrected.statistic, 0.023 / (4.9e-5 * (1 / 3 + 1 / 9)).squareRoot(), within: 1e-9, "statistic")
    #expect(corrected.pValue > plain.pValue)
  }

  @Test func equalDifferencesAreCertainOrNothing() {
    let same = CorrectedTTest(differences: [0.5, 0.5], measured: 1, trained: 9)
    #expect(same.statistic == .infinity && same.pValue == 0)
    let none = CorrectedTTest(differences: [0, 0], measured: 1, trained: 9)
    #expect(none.statistic == 0 && none.pValue == 1)
  }
}
