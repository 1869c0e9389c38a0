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
    (1, 12.706204736432095, 0.05), (2, 4.302652729911275, 0.05), (3, 3.182446305284263, 0.05),
    (4, 2.7764451051977987, 0.05), (9, 2.2621571627409915, 0.05), (10, 2.2281388519649385, 0.05),
    (2, 9.92484320091807, 0.01), (7, 3.4994832973505026, 0.01), (30, 2.7499956535670305, 0.01),
  ])
  func pValuesAreStudents(degreesOfFreedom: Int, statistic: Double, pValue: Double) {
    for sign in [1.0, -1] {
      expectClose(
        CorrectedTTest.twoSidedPValue(of: sign * statistic, degreesOfFreedom: degreesOfFreedom), pValue,
        within: 1e-9, "\(degreesOfFreedom)")
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

@Test func equalDifferencesAndMissingOnesHaveTheirOwnResults() {
  // Their mean is not a tenth: rounding leaves a variance.
  let equal = CorrectedTTest(differences: [0.1, 0.1, 0.1], measured: 10, trained: 90)
  #expect(equal.statistic == .infinity && equal.pValue == 0)
  let negative = CorrectedTTest(differences: [-0.1, -0.1, -0.1], measured: 10, trained: 90)
  #expect(negative.statistic == -.infinity && negative.pValue == 0)
  #expect(CorrectedTTest(differences: [0, 0], measured: 10, trained: 90).pValue == 1)
  #expect(CorrectedTTest(differences: [0.1, .nan], measured: 10, trained: 90).pValue.isNaN)
}
