import GraftMetrics
import GraftTensor
import TestSupport
import Testing

@Suite struct MeasuredMetricsTests {
  private let logits = Tensor(shape: [4, 3], scalars: [2, 1, 0, 0, 3, 1, 0, 1, 2, 5, 1, 0])
  private let labels = Tensor(shape: [4], integers: [0, 1, 1, 2])

  @Test func classMetricsAreThoseOfTheirFormulas() {
    var measured = MeasuredMetrics([.accuracy, .balancedAccuracy, .topKAccuracy(2), .largestPredictedShare])
    #expect(measured.values.isEmpty || measured.values.values.allSatisfy(\.isNaN))
    measured.add(logits: logits.rows([0, 1]), targets: labels.rows([0, 1]))
    measured.add(logits: logits.rows([2, 3]), targets: labels.rows([2, 3]))
    // Predicted are 0, 1, 2, 0: of class 0 all is found, of class 1 one half, of class 2 nothing.
    #expect(measured.values["accuracy"] == 0.5)
    #expect(measured.values["balancedAccuracy"] == 0.5)
    #expect(measured.values["top2Accuracy"] == 0.75)
    #expect(measured.values["largestPredictedShare"] == 0.5)
  }

  @Test func maskMetricsAreTheFourReadings() {
    let logits = Tensor(shape: [2, 1, 2, 1], scalars: [3, -3, 4, 4])
    let masks = Tensor(shape: [2, 1, 2, 1], integers: [1, 1, 1, 0]).converted(to: .uint8)
    var (measured, score) = (MeasuredMetrics(.masks), SegmentationScore())
    measured.add(logits: logits, targets: masks)
    score.add(logits: logits, masks: masks)
    #expect(
      measured.values == [
        "IoU": score.perImageHardIoU, "IoUSoft": score.perImageSoftIoU, "IoUGlobal": score.globalHardIoU,
        "IoUTwoClass": score.twoClassMeanIoU,
      ])
    #expect(measured.values["IoU"] == 0.5)
  }

  @Test func classesOfPixelsAreMeasuredByNameAndIgnoredOnesAreNot() {
    // Predicted are 0, 1, 1, 2; the last pixel does not count.
    let logits = Tensor(shape: [1, 1, 4, 3], scalars: [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1])
    let truth = Tensor(shape: [1, 1, 4, 1], integers: [0, 1, 0, 255]).converted(to: .uint8)
    var measured = MeasuredMetrics(.classes(["sky", "sea", "sand"], ignoring: 255))
    measured.add(logits: logits, targets: truth)
    #expect(measured.values["IoU sky"] == 0.5 && measured.values["IoU sea"] == 0.5)
    #expect(measured.values["meanIoU"] == 0.5 && measured.values["IoUPerImage sea"] == 0.5)
    expectClose(measured.values["pixelAccuracy"] ?? .nan, 2 / 3, within: 1e-12, "pixels")
    // There is no sand, neither in truth nor predicted where it counts.
    #expect(measured.values["IoU sand"] == nil && measured.values["IoUPerImage sand"] == nil)
  }

  /// Counts how often it is asked to count.
  private struct Calls: MetricCounts {
    var calls = 0
    mutating func add(logits: Tensor, targets: Tensor) { calls += 1 }
  }

  @Test func equalCountsAreCountedOnce() {
    let one = CountedMetric("one", better: .higher, counting: Calls()) { Double($0.calls) }
    let ten = CountedMetric("ten", better: .lower, counting: Calls()) { Double(10 * $0.calls) }
    let later = CountedMetric("later", better: .lower, counting: Calls(calls: 5)) { Double($0.calls) }
    var measured = MeasuredMetrics([one, ten, later])
    measured.add(logits: logits, targets: labels)
    measured.add(logits: logits, targets: labels)
    #expect(measured.values == ["one": 2, "ten": 20, "later": 7])
  }

  @Test(.exits) func twoMetricsOfOneNameAreRefused() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MeasuredMetrics([.accuracy, .accuracy])
    }
    try expectSentence("Metrics that are measured together have different names", in: result)
  }
}
