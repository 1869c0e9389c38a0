import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Everything that metrics.npz says, computed by Graft, by the names of its arrays.
///
/// - Parameter batch: how many samples or images are added at once.
private func ourMetrics(inBatchesOf batch: Int) throws -> [String: [Double]] {
  try segmentationMetrics(inBatchesOf: batch).merging(classMetrics(inBatchesOf: batch)) { $1 }
}

private func ranges(_ count: Int, inBatchesOf size: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}

private func segmentationMetrics(inBatchesOf batch: Int) throws -> [String: [Double]] {
  let golden = try Golden.npz("metrics")
  let probabilities = try golden.tensor(named: "probabilities")
  let array = try golden.array(named: "masks")
  let bytes = try array.bytes
  let masks = Tensor(shape: array.shape, scalarType: .uint8) { $0.copyBytes(from: bytes) }
  func score(
    _ rule: SegmentationScore.EmptyUnionRule, _ threshold: SegmentationScore.Threshold = .above(0.5)
  ) -> SegmentationScore {
    var score = SegmentationScore(threshold: threshold, emptyUnionRule: rule)
    for rows in ranges(8, inBatchesOf: batch) {
      score.add(probabilities: probabilities.rows(rows), masks: masks.rows(rows))
    }
    return score
  }
  func costs(_ rows: Range<Int>) -> Double {
    Double(binaryCrossEntropy(fromProbabilities: probabilities.rows(rows), masks.rows(rows)).scalar)
  }
  func numbers(_ values: [Double?]) -> [Double] { values.map { $0 ?? .nan } }
  let (one, zero, skipped) = (score(.isOne), score(.isZero), score(.isSkipped))
  return [
    "intersection_per_image": one.images.map { Double($0.intersection) },
    "union_per_image": one.images.map { Double($0.union) },
    "hard_iou_per_image_empty_is_1": numbers(one.perImageHardIoUs),
    "hard_iou_per_image_empty_is_0": numbers(zero.perImageHardIoUs),
    "hard_iou_per_image_empty_is_nan": numbers(skipped.perImageHardIoUs),
    "hard_iou_mean_empty_is_1": [one.perImageHardIoU],
    "hard_iou_mean_empty_is_0": [zero.perImageHardIoU],
    "hard_iou_mean_empty_skipped": [skipped.perImageHardIoU],
    "soft_iou_per_image": numbers(one.perImageSoftIoUs),
    "soft_iou_per_image_smooth1": numbers(one.perImageSoftIoUs(smoothing: 1)),
    "soft_iou_mean": [one.perImageSoftIoU],
    "soft_iou_global": [one.globalSoftIoU],
    "global_iou": [one.globalHardIoU],
    "background_iou_per_image_empty_is_1": numbers(one.perImageBackgroundIoUs),
    "two_class_mean_iou_global": [one.twoClassMeanIoU],
    "two_class_mean_iou_per_image_empty_is_1": one.perImageTwoClassMeanIoUs,
    "two_class_mean_iou_per_image_empty_skipped": skipped.perImageTwoClassMeanIoUs,
    "pixel_accuracy_per_image": one.perImagePixelAccuracies,
    "pixel_accuracy": [one.pixelAccuracy],
    "dice_per_image_empty_is_1": numbers(one.perImageDices),
    "pixel_confusion_matrix": one.confusionMatrix.counts.joined().map(Double.init),
    "global_iou_threshold_inclusive": [score(.isOne, .atLeast(0.5)).globalHardIoU],
    "bce_mean": [costs(0..<8)],
    "bce_per_image": (0..<8).map { costs($0..<($0 + 1)) },
  ]
}

private func classMetrics(inBatchesOf batch: Int) throws -> [String: [Double]] {
  let golden = try Golden.npz("metrics")
  let logits = try golden.tensor(named: "class_logits")
  let numbers = try golden.array(named: "class_labels").integers.map(Int32.init)
  let labels = Tensor(shape: [40], integers: numbers)
  let topK = [1, 2, 3, 5]
  var (accuracy, matrix) = (Accuracy(), ConfusionMatrix(classCount: 6))
  var accuracies = topK.map { TopKAccuracy(k: $0) }
  for rows in ranges(40, inBatchesOf: batch) {
    let (some, truths) = (logits.rows(rows), labels.rows(rows))
    accuracy.add(logits: some, labels: truths)
    matrix.add(logits: some, labels: truths)
    for index in topK.indices { accuracies[index].add(logits: some, labels: truths) }
  }
  var ours: [String: [Double]] = [
    "class_accuracy": [accuracy.value],
    "class_confusion_matrix": matrix.counts.joined().map(Double.init),
    "class_cross_entropy_mean": [Double(softmaxCrossEntropy(fromLogits: logits, labels).scalar)],
  ]
  for (k, accuracy) in zip(topK, accuracies) { ours["class_top\(k)"] = [accuracy.value] }

  let probabilities = try golden.tensor(named: "binary_probabilities")
  let truths = try golden.array(named: "binary_labels").integers.map { Int($0) }
  var binary = ConfusionMatrix(classCount: 2)
  for rows in ranges(30, inBatchesOf: batch) {
    binary.add(
      predictions: probabilities.rows(rows).scalars.map { $0 > 0.5 ? 1 : 0 }, truths: Array(truths[rows]))
  }
  let targets = Tensor(shape: [30], scalars: truths.map { Float($0) })
  ours["binary_accuracy"] = [binary.accuracy]
  ours["binary_confusion_matrix"] = binary.counts.joined().map(Double.init)
  ours["binary_bce_mean"] = [
    Double(binaryCrossEntropy(fromProbabilities: probabilities, targets).scalar)
  ]
  return ours
}

/// No array is left out, and none depends on how the data was divided into batches.
@Test(arguments: [1, 3, 40])
func everyGoldenMetricIsOurs(batch: Int) throws {
  let golden = try Golden.npz("metrics")
  let ours = try ourMetrics(inBatchesOf: batch)
  let inputs: Set = [
    "masks", "probabilities", "class_logits", "class_labels", "binary_probabilities", "binary_labels",
  ]
  #expect(Set(ours.keys).union(inputs) == Set(golden.names))
  for (name, values) in ours {
    // Losses are float32 scalars.
    let tolerance = name.contains("bce") || name.contains("cross_entropy") ? 1e-6 : 1e-12
    expectClose(values, try golden.array(named: name).doubles, within: tolerance, name)
  }
}

@Test func diceCountsEmptyMasksAsTheRuleSays() {
  // Nothing anywhere; half of two; nothing true.
  let masks = Tensor(shape: [3, 1, 4], scalars: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0])
  let probabilities = Tensor(shape: [3, 1, 4], scalars: [0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0])
  let wanted: [(SegmentationScore.EmptyUnionRule, first: Double?, mean: Double)] = [
    (.isOne, 1, 0.5), (.isZero, 0, 1.0 / 6), (.isSkipped, nil, 0.25),
  ]
  for (rule, first, mean) in wanted {
    var score = SegmentationScore(emptyUnionRule: rule)
    score.add(probabilities: probabilities, masks: masks)
    #expect(score.perImageDices == [first, 0.5, 0])
    expectClose(score.perImageDice, mean, within: 1e-12, "\(rule)")
    expectClose(score.globalDice, 0.4, within: 1e-12, "global")
    expectClose(score.confusionMatrix.f1Scores[1] ?? .nan, 0.4, within: 1e-12, "F1")
  }
}

@Test func smoothingLeavesNoImageEmpty() {
  var score = SegmentationScore(emptyUnionRule: .isZero)
  let probabilities = Tensor(shape: [2, 1, 2], scalars: [0, 0, 0.5, 0.5])
  score.add(probabilities: probabilities, masks: Tensor(zeros: [2, 1, 2]))
  #expect(score.perImageSoftIoUs(smoothing: 1) == [1, 0.5])
  #expect(score.perImageSoftIoU(smoothing: 1) == 0.75)
  #expect(score.perImageSoftIoUs(smoothing: 0) == score.perImageSoftIoUs)
  #expect(score.globalSoftIoU == 0)
}
