import GraftMetrics
import GraftTensor
import Testing

private let random = RandomStream(seed: 3)

@Test func equalDifferencesLeaveNoDoubt() {
  let gain = PairedBootstrap(differences: [0.25, 0.25, 0.25], random: random)
  #expect(gain.mean == 0.25 && gain.interval == 0.25...0.25 && gain.count == 3)
  #expect(gain.pValue == 2.0 / 10_001)
}

@Test func theIntervalIsAboutTwoStandardErrorsWide() {
  // Differences of ±1 with mean 0: the standard error of 400 is 1/20.
  let differences = (0..<400).map { $0.isMultiple(of: 2) ? 1.0 : -1 }
  let gain = PairedBootstrap(differences: differences, random: random)
  #expect(gain.mean == 0)
  #expect(abs(gain.interval.lowerBound + 1.96 / 20) < 0.006)
  #expect(abs(gain.interval.upperBound - 1.96 / 20) < 0.006)
  #expect(gain.pValue > 0.9)
}

@Test func imagesOfOnePersonAreDrawnTogether() {
  // A hundred people whose ten images each say the same are worth a hundred images, not a thousand.
  var noise = RandomStream(seed: 8)
  let differences = (0..<100).map { _ in noise.normal() }.flatMap { [Double](repeating: $0, count: 10) }
  let people = (0..<1000).map { "\($0 / 10)" }
  let alone = PairedBootstrap(differences: differences, random: random)
  let together = PairedBootstrap(differences: differences, groups: people, random: random)
  func width(_ bootstrap: PairedBootstrap) -> Double {
    bootstrap.interval.upperBound - bootstrap.interval.lowerBound
  }
  #expect(abs(width(together) / width(alone) - 10.0.squareRoot()) < 0.2)
}

@Test func theSameSeedDrawsTheSame() {
  let differences = [0.1, -0.3, 0.2, 0.4, 0]
  let first = PairedBootstrap(differences: differences, random: random)
  #expect(first == PairedBootstrap(differences: differences, random: random))
  #expect(first != PairedBootstrap(differences: differences, random: RandomStream(seed: 4)))
}
