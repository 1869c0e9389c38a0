import Foundation
import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

@Test(arguments: ["bce_from_logits", "bce_from_logits_soft_targets"])
func binaryCrossEntropyIsThatOfTheFrameworks(name: String) throws {
  let golden = try #require(Golden.cases(in: "ops")[name])
  try expectGolden(golden, targets: golden.tensor("target"), binaryCrossEntropy(fromLogits:_:))
}

@Test func binaryCrossEntropyOfExtremeLogitsIsThatOfTheFrameworks() throws {
  try expectGoldenRows(
    #require(Golden.cases(in: "ops")["bce_from_logits_extreme"]), binaryCrossEntropy(fromLogits:_:))
}

@Test func softmaxCrossEntropyIsThatOfTheFrameworks() throws {
  let cases = try Golden.cases(in: "ops")
  let labelled = try #require(cases["softmax_cross_entropy"])
  let labels = try labelled.array("labels").integers.map(Int32.init)
  try expectGolden(
    labelled, targets: Tensor(shape: [labels.count], integers: labels), softmaxCrossEntropy(fromLogits:_:))
  let oneHot = try #require(cases["softmax_cross_entropy_one_hot"])
  try expectGolden(oneHot, targets: oneHot.tensor("target"), softmaxCrossEntropy(fromLogits:_:))
  try expectGoldenRows(
    #require(cases["softmax_cross_entropy_soft_targets"]), softmaxCrossEntropy(fromLogits:_:))
}

@Test func lossesOfClassifiersAreThoseOfNumPy() throws {
  let golden = try Golden.npz("metrics")
  let labels = try golden.array(named: "class_labels").integers.map(Int32.init)
  let loss = softmaxCrossEntropy(
    fromLogits: try golden.tensor(named: "class_logits"), Tensor(shape: [labels.count], integers: labels))
  expectClose(
    Double(loss.scalar), try golden.array(named: "class_cross_entropy_mean").doubles[0], within: 1e-6, "mean")
}

/// Counts that are no multiple of a vector's length, and one below it.
@Test(arguments: [1, 15, 16, 17, 1000])
func masksOfBytesCostWhatMasksOfFloatsCost(count: Int) throws {
  var random = RandomStream(seed: 3)
  let logits = Tensor(normal: [count], standardDeviation: 5, random: &random)
  let mask = (0..<count).map { _ in UInt8(random.integer(below: 2)) }
  let floats = Tensor(shape: [count], scalars: mask.map(Float.init))
  // Masks of files may hold 255.
  let bytes = Tensor(shape: [count], scalarType: .uint8) { $0.copyBytes(from: mask.map { $0 * 255 }) }
  var results: [[Float]] = []
  for targets in [floats, bytes] {
    let tape = Tape()
    let tracked = tape.track(logits)
    let loss = binaryCrossEntropy(fromLogits: tracked, targets)
    let exact = zip(logits.scalars, mask).reduce(0.0) { sum, pixel in
      let x = Double(pixel.0)
      return sum + max(x, 0) - x * Double(pixel.1) + log1p(-abs(x))
    }
    expectClose(Double(loss.scalar), exact / Double(count), within: 1e-6, "loss of \(count) pixels")
    results.append(try #require(try tape.gradients(of: loss * 3)[tracked]).scalars)
  }
  #expect(results[0] == results[1])
}

/// log(1 + eˣ) in double precision.
private func log1p(_ exponent: Double) -> Double { Foundation.log1p(Foundation.exp(exponent)) }

@Test func lossesHaveTheGradientsOfFiniteDifferences() throws {
  var random = RandomStream(seed: 5)
  let logits = Tensor(normal: [6, 4], random: &random)
  let shares = Tensor(uniform: [6, 4], in: 0..<1, random: &random)
  try checkGradients(of: { binaryCrossEntropy(fromLogits: $0[0], shares) }, at: [logits])
  try checkGradients(of: { softmaxCrossEntropy(fromLogits: $0[0], shares) }, at: [logits])
}

@Test func aLogitThatIsNotANumberIsSeenInTheLoss() {
  let logits = Tensor(shape: [32], scalars: [.nan] + Array(repeating: 0, count: 31))
  #expect(binaryCrossEntropy(fromLogits: logits, Tensor(zeros: [32])).scalar.isNaN)
}
