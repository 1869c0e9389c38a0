import Testing

@testable import GraftReports

struct AxisTests {
  @Test func ticksAreRoundAndTheRangeReachesThem() {
    let axis = Axis(covering: [0.213, 0.78], reachesTicks: true, tickCount: 6)
    #expect(axis.range == 0.2...0.8)
    #expect(axis.ticks.map(axis.label) == ["0.2", "0.4", "0.6", "0.8"])
    #expect(axis.fraction(of: 0.2) == 0 && axis.fraction(of: 0.8) == 1)
  }

  @Test func epochsHaveTicksAtWholeNumbersOnly() {
    let axis = Axis(covering: [1, 3], reachesTicks: false, isWhole: true, tickCount: 7)
    #expect(axis.range == 1...3)
    #expect(axis.ticks == [1, 2, 3])
  }

  @Test(arguments: [
    ([-1.9, 2.2], ["−2", "−1", "0", "1", "2", "3"]),
    ([1e-5, 4e-5], ["1e−5", "2e−5", "3e−5", "4e−5"]),
    ([0, 2.25e7], ["0", "5.0e6", "1.0e7", "1.5e7", "2.0e7", "2.5e7"]),
    ([99.98, 100.02], ["99.98", "99.99", "100.00", "100.01", "100.02"]),
  ])
  func labelsHaveAsManyDigitsAsTellThemApart(values: [Double], labels: [String]) {
    let axis = Axis(covering: values, reachesTicks: true, tickCount: 6)
    let found = axis.ticks.map(axis.label)
    #expect(Set(found).count == found.count)
    #expect(found == labels)
  }

  /// Nothing here may hang, trap or give coordinates that are not finite.
  @Test(
    arguments: [
      [], [.nan], [.infinity, -.infinity], [0], [5, 5], [-3], [1e300, -1e300],
      [.greatestFiniteMagnitude, -.greatestFiniteMagnitude], [1e16, 1e16 + 2], [.leastNonzeroMagnitude],
      [.leastNonzeroMagnitude, .leastNormalMagnitude],
    ] as [[Double]])
  func strangeValuesHaveAnAxisToo(values: [Double]) {
    for reachesTicks in [false, true] {
      for isWhole in [false, true] {
        let axis = Axis(covering: values, reachesTicks: reachesTicks, isWhole: isWhole, tickCount: 6)
        #expect(axis.range.lowerBound < axis.range.upperBound)
        #expect(axis.ticks.count <= 100)
        #expect(axis.ticks.allSatisfy { axis.fraction(of: $0).isFinite && !axis.label(of: $0).isEmpty })
      }
    }
  }
}
