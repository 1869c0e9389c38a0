import GraftTensor
import Testing

/// The known answers for Philox 4×32 with ten rounds that come with Random123 (`kat_vectors`).
@Test func blocksAreTheKnownAnswersOfPhilox() {
  let zeros = RandomStream.block(key: 0, counter: (0, 0))
  #expect(zeros == (0xe169_c58d_6627_e8d5, 0x9b00_dbd8_bc57_ac4c))
  let ones = RandomStream.block(key: .max, counter: (.max, .max))
  #expect(ones == (0x41c8_3b0e_408f_276d, 0x6d54_51fd_a20b_c7c6))
  let pi = RandomStream.block(
    key: 0x299f_31d0_a409_3822, counter: (0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e))
  #expect(pi == (0x94fd_cceb_d16c_fe09, 0x2412_6ea1_5001_e420))
}

@Test func aStreamHandsOutWholeBlocks() {
  var random = RandomStream(seed: 0)
  let drawn = (0..<2).map { _ in random.next() }
  #expect(drawn == [0xe169_c58d_6627_e8d5, 0x9b00_dbd8_bc57_ac4c])
}

@Test func aChildDoesNotDependOnWhatWasDrawn() {
  var parent = RandomStream(seed: 7)
  let before = parent.child("epoch", 3)
  _ = parent.next()
  #expect(parent.child("epoch", 3) == before)
}

@Test func childrenOfDifferentKeysDiffer() {
  let parent = RandomStream(seed: 7)
  var streams = [parent, parent.child("a"), parent.child("b"), parent.child("a", 0), parent.child("a", 1)]
  streams += [parent.child("a", 0, 1), parent.child("a", 1, 0), parent.child(0), parent.child(1)]
  streams += [RandomStream(seed: 8), RandomStream(seed: 8).child("a")]
  let first = streams.indices.map { streams[$0].next() }
  #expect(Set(first).count == streams.count)
}

private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
  let mean = values.reduce(0, +) / Double(values.count)
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  return (mean, variance.squareRoot())
}

private let drawCount = 200_000

@Test func uniformNumbersFillTheirRange() {
  var random = RandomStream(seed: 1)
  let values = (0..<drawCount).map { _ in random.uniform() }
  #expect(values.allSatisfy { (0..<1).contains($0) })
  let (mean, deviation) = moments(values)
  // Four standard errors.
  #expect(abs(mean - 0.5) < 4 * 0.2887 / Double(drawCount).squareRoot())
  #expect(abs(deviation - (1.0 / 12).squareRoot()) < 0.001)
  let counts = values.reduce(into: Array(repeating: 0, count: 10)) { $0[Int($1 * 10)] += 1 }
  #expect(counts.allSatisfy { abs($0 - drawCount / 10) < 600 })
}

@Test func normalNumbersHaveMeanZeroAndDeviationOne() {
  var random = RandomStream(seed: 2)
  let values = (0..<drawCount).map { _ in random.normal() }
  let (mean, deviation) = moments(values)
  #expect(abs(mean) < 4 / Double(drawCount).squareRoot())
  #expect(abs(deviation - 1) < 4 / Double(2 * drawCount).squareRoot())
  // Φ(1) − Φ(−1), and what lies beyond three deviations.
  #expect(abs(Double(values.count { abs($0) < 1 }) / Double(drawCount) - 0.682689) < 0.005)
  #expect(abs(Double(values.count { abs($0) > 3 }) / Double(drawCount) - 0.0027) < 0.0005)
}

@Test func normalNumbersCutOffAtTwoDeviationsHaveASmallerOne() {
  var random = RandomStream(seed: 3)
  let values = (0..<drawCount).map { _ in random.normal(limit: 2) }
  #expect(values.allSatisfy { abs($0) <= 2 })
  let (mean, deviation) = moments(values)
  #expect(abs(mean) < 4 * 0.88 / Double(drawCount).squareRoot())
  #expect(abs(deviation - 0.87962566103423978) < 0.005)
}

@Test func tensorsOfRandomNumbersHaveTheirRangeAndDeviation() {
  var random = RandomStream(seed: 4)
  let uniform = Tensor(uniform: [10_000], in: -2..<3, random: &random).scalars.map(Double.init)
  #expect(uniform.allSatisfy { (-2..<3).contains($0) })
  #expect(abs(moments(uniform).mean - 0.5) < 0.06)
  let normal = Tensor(normal: [10_000], standardDeviation: 0.1, limit: 2, random: &random).scalars.map(
    Double.init)
  #expect(normal.allSatisfy { abs($0) <= 0.2001 })
  #expect(abs(moments(normal).deviation - 0.08796) < 0.003)
}

@Test func integersBelowABoundAreEquallyLikely() {
  var random = RandomStream(seed: 5)
  let counts = (0..<70_000).reduce(into: Array(repeating: 0, count: 7)) { counts, _ in
    counts[random.integer(below: 7)] += 1
  }
  #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
}

@Test func aPermutationHoldsEachNumberOnce() {
  var random = RandomStream(seed: 6)
  let order = random.permutation(of: 1000)
  #expect(order != Array(0..<1000))
  #expect(order.sorted() == Array(0..<1000))
  #expect(random.permutation(of: 0) == [])
}

@Test func uniformNumbersStayBelowTheirUpperBound() {
  var random = RandomStream(seed: 1)
  // Between these bounds there are two float32 numbers, and a quarter of what is drawn would round up to the bound.
  let numbers = Tensor(uniform: [1000], in: 16_777_216..<16_777_220, random: &random).scalars
  #expect(Set(numbers) == [16_777_216, 16_777_218])
}
