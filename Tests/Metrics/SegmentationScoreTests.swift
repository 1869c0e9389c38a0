import Foundation
import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private struct GoldenMasks {
  let masks, probabilities: Tensor

  init() throws {
    let golden = try Golden.npz("metrics")
    let array = try golden.array(named: "masks")
    let bytes = try array.bytes
    masks = Tensor(shape: array.shape, scalarType: .uint8) { $0.copyBytes(from: bytes) }
    probabilities = try golden.tensor(named: "probabilities")
  }

  func score(_ rule: SegmentationScore.EmptyUnionRule, batch: Int = 8) -> SegmentationScore {
    var score = SegmentationScore(threshold: .above(0.5), emptyUnionRule: rule)
    for first in stride(from: 0, to: 8, by: batch) {
      let rows = first..<min(first + batch, 8)
      score.add(probabilities: probabilities.rows(rows), masks: masks.rows(rows))
    }
    return score
  }
}

private func golden(_ name: String) throws -> [Double] {
  try Golden.npz("metrics").array(named: name).doubles
}

@Test func scoresOfProbabilitiesAreThoseOfNumPy() throws {
  let score = try GoldenMasks().score(.isOne)
  #expect(score.images.map { Double($0.intersection) } == (try golden("intersection_per_image")))
  #expect(score.images.map { Double($0.union) } == (try golden("union_per_image")))
  #expect(score.emptyImageCount == 1)
  let numbers: [(String, Double)] = [
    ("hard_iou_mean_empty_is_1", score.perImageHardIoU), ("soft_iou_mean", score.perImageSoftIoU),
    ("global_iou", score.globalHardIoU), ("two_class_mean_iou_global", score.twoClassMeanIoU),
    ("pixel_accuracy", score.pixelAccuracy),
  ]
  for (name, ours) in numbers { expectClose(ours, try golden(name)[0], within: 1e-12, name) }
  expectClose(
    score.perImageHardIoUs.compactMap { $0 }, try golden("hard_iou_per_image_empty_is_1"), within: 1e-12,
    "hard")
  expectClose(
    score.perImageSoftIoUs.compactMap { $0 }, try golden("soft_iou_per_image"), within: 1e-12, "soft")
}

@Test func anEmptyUnionCountsAsTheRuleSays() throws {
  let masks = try GoldenMasks()
  let zero = masks.score(.isZero)
  expectClose(zero.perImageHardIoU, try golden("hard_iou_mean_empty_is_0")[0], within: 1e-12, "empty is 0")
  let skipped = masks.score(.isSkipped)
  expectClose(skipped.perImageHardIoU, try golden("hard_iou_mean_empty_skipped")[0], within: 1e-12, "skipped")
  #expect(skipped.perImageHardIoUs.map { $0 == nil } == (0..<8).map { $0 == 2 })
  #expect(skipped.perImageHardIoUs.count == skipped.imageCount)
}

@Test func aProbabilityOfExactlyTheThresholdIsForegroundByDefault() throws {
  let masks = try GoldenMasks()
  var inclusive = SegmentationScore()
  inclusive.add(probabilities: masks.probabilities, masks: masks.masks)
  expectClose(
    inclusive.globalHardIoU, try golden("global_iou_threshold_inclusive")[0], within: 1e-12, "p ≥ 0.5")
  #expect(inclusive.globalHardIoU != masks.score(.isOne).globalHardIoU)
}

@Test func scoresDoNotDependOnTheBatchSize() throws {
  let masks = try GoldenMasks()
  let whole = masks.score(.isOne)
  for batch in [1, 3, 5] { #expect(masks.score(.isOne, batch: batch) == whole) }
}

@Test func masksOfFloatsScoreAsMasksOfBytes() throws {
  let masks = try GoldenMasks()
  var floats = SegmentationScore(threshold: .above(0.5))
  floats.add(probabilities: masks.probabilities, masks: masks.masks.converted(to: .float32))
  #expect(floats == masks.score(.isOne))
}

/// Pixel counts that are no multiple of a vector's length, and thresholds away from the middle.
@Test(arguments: [1, 15, 16, 37, 225], [0.25, 0.5, 0.9] as [Float])
func logitsScoreAsTheirProbabilities(width: Int, threshold: Float) {
  var random = RandomStream(seed: 11)
  let logits = Tensor(normal: [3, 1, width, 1], standardDeviation: 4, random: &random)
  let masks = Tensor(shape: logits.shape, scalarType: .uint8) { bytes in
    for index in bytes.indices { bytes[index] = random.integer(below: 3) == 0 ? 255 : 0 }
  }
  var score = SegmentationScore(threshold: .atLeast(threshold))
  score.add(logits: logits, masks: masks)
  var expected: [(intersection: Int, predicted: Int, soft: Double)] = []
  for image in 0..<3 {
    let pixels = zip(logits.rows([image]).scalars, masks.rows([image]).scalars)
    let chances = pixels.map { (chance: 1 / (1 + exp(-Double($0))), truth: $1 != 0) }
    expected.append(
      (
        chances.count { $0.chance >= Double(threshold) && $0.truth },
        chances.count { $0.chance >= Double(threshold) },
        chances.reduce(0) { $0 + ($1.truth ? $1.chance : 0) }
      ))
  }
  #expect(score.images.map(\.intersection) == expected.map(\.intersection))
  #expect(score.images.map(\.predictedCount) == expected.map(\.predicted))
  expectClose(score.images.map(\.softIntersection), expected.map(\.soft), within: 1e-6, "soft intersections")
}

@Test func aLogitJustBelowZeroIsBackground() {
  var score = SegmentationScore()
  let logits = Tensor(shape: [1, 1, 3], scalars: [-1e-9, 0, 1e-9])
  score.add(logits: logits, masks: Tensor(repeating: 1, shape: [1, 1, 3]))
  #expect(score.images[0].intersection == 2)
  var strict = SegmentationScore(threshold: .above(0.5))
  strict.add(logits: logits, masks: Tensor(repeating: 1, shape: [1, 1, 3]))
  #expect(strict.images[0].intersection == 1)
}

@Test func aScoreOfNoImagesIsNoNumber() {
  let score = SegmentationScore()
  #expect(score.perImageHardIoU.isNaN && score.perImageSoftIoU.isNaN && score.pixelAccuracy.isNaN)
}

@Test func aConstantMaskPredictsTheShareOfEachPixel() {
  let training = Tensor(shape: [3, 1, 4], scalars: [1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0])
  var baseline = ConstantMask()
  baseline.add(training.rows([0]))
  baseline.add(training.rows([1, 2]))
  let masks = Tensor(shape: [2, 1, 4], scalars: [1, 1, 0, 0, 1, 0, 0, 0])
  let third = Float(1) / 3
  #expect(
    baseline.probabilities(for: masks).scalars == [1, 2 * third, 0, third, 1, 2 * third, 0, third])
  var score = SegmentationScore()
  score.add(probabilities: baseline.probabilities(for: masks), masks: masks)
  #expect(score.perImageHardIoUs == [1, 0.5])
  // Σ p·t / Σ (p + t − p·t): (1 + ⅔) / (1 + 1 + ⅓) and 1 / 2.
  expectClose(score.perImageSoftIoUs.compactMap { $0 }, [5.0 / 7, 0.5], within: 1e-7, "soft")
}
