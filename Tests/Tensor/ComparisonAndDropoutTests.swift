import GraftTensor
import TestSupport
import Testing

@Test func comparisonsAreOnesAndZeros() {
  let left = Tensor(shape: [4], scalars: [1, 2, 3, .nan])
  let right = Tensor(shape: [4], scalars: [2, 2, 2, .nan])
  #expect((left .== right).scalars == [0, 1, 0, 0])
  #expect((left .!= right).scalars == [1, 0, 1, 1])
  #expect((left .< right).scalars == [1, 0, 0, 0])
  #expect((left .<= right).scalars == [1, 1, 0, 0])
  #expect((left .> right).scalars == [0, 0, 1, 0])
  #expect((left .>= right).scalars == [0, 1, 1, 0])
  #expect((left .>= 2).scalars == [0, 1, 1, 0])
  #expect((left .!= 2).scalars == [1, 0, 1, 1])
}

@Test func comparisonsRepeatAxesOfOne() {
  let rows = Tensor(shape: [2, 1], scalars: [1, 2])
  let columns = Tensor(shape: [3], scalars: [0, 1, 2])
  #expect((rows .> columns).shape == [2, 3])
  #expect((rows .> columns).scalars == [1, 0, 0, 1, 1, 0])
}

@Test func comparisonsAreOnNoTape() throws {
  let tape = Tape()
  let x = tape.track(Tensor(shape: [3], scalars: [-1, 0, 2]))
  let positive = x .> 0
  #expect(!positive.isTracked)
  #expect(try tape.gradients(of: (x * positive).sum())[x]?.scalars == [0, 0, 1])
}

@Test func dropoutKeepsTheExpectation() {
  var random = RandomStream(seed: 11)
  let ones = Tensor(repeating: 1, shape: [100, 100])
  let result = dropout(ones, rate: 0.3, random: &random)
  let kept = result.scalars.filter { $0 != 0 }
  #expect(kept.allSatisfy { $0 == 1 / 0.7 })
  // Five standard deviations of a binomial distribution, √(10000 · 0.3 · 0.7).
  #expect(abs(Double(kept.count) - 7000) < 5 * 45.8)
}

@Test func dropoutDependsOnItsStreamAlone() {
  let ones = Tensor(repeating: 1, shape: [64])
  func draw(_ seed: UInt64) -> [Float] {
    var random = RandomStream(seed: seed)
    return dropout(ones, rate: 0.5, random: &random).scalars
  }
  #expect(draw(1) == draw(1))
  #expect(draw(1) != draw(2))
}

@Test func dropoutOfNothingDrawsNothing() {
  var random = RandomStream(seed: 11)
  let untouched = random
  #expect(dropout(Tensor(repeating: 3, shape: [5]), rate: 0, random: &random).scalars == [3, 3, 3, 3, 3])
  #expect(random == untouched)
}

@Test func aMaskMayDropWholeChannels() {
  let image = Tensor(repeating: 1, shape: [1, 2, 2, 3])
  let result = dropout(image, rate: 0.5, mask: Tensor(shape: [3], scalars: [1, 0, 1]))
  #expect(result.scalars == Array(repeating: [2, 0, 2], count: 4).flatMap(\.self))
}
