import GraftMetrics
import GraftTensor
import TestSupport
import Testing

@Suite struct PixelClassScoreTests {
  /// Logits whose greatest is that of the class.
  private func logits(_ classes: [Int], width: Int) -> Tensor {
    let count = classes.count / width
    return Tensor(
      shape: [count, 1, width, 3],
      scalars: classes.flatMap { number in (0..<3).map { $0 == number ? 2 : -1 } })
  }

  private func labels(_ classes: [Float], width: Int) -> Tensor {
    Tensor(shape: [classes.count / width, 1, width, 1], scalars: classes).converted(to: .uint8)
  }

  @Test func classesAreCountedOverAllPixelsAndImageByImage() throws {
    var score = PixelClassScore(classCount: 3)
    #expect(score.meanIoU.isNaN && score.perImageMeanIoU.isNaN && score.ious == [nil, nil, nil])
    // Two images of four pixels, in two batches.
    score.add(pixelLogits: logits([0, 0, 1, 1], width: 4), labels: labels([0, 1, 1, 1], width: 4))
    score.add(pixelLogits: logits([2, 2, 2, 0], width: 4), labels: labels([2, 2, 0, 0], width: 4))
    #expect(score.imageCount == 2)
    // Class 0: 1/2 and 1/2, together 2/4; class 1: 2/3, and absent from the second; class 2: absent, and 2/3.
    #expect(score.imageClassIoUs == [[0.5, 2.0 / 3, nil], [0.5, nil, 2.0 / 3]])
    #expect(score.ious == [0.5, 2.0 / 3, 2.0 / 3])
    #expect(score.perImageIoUs == [0.5, 2.0 / 3, 2.0 / 3])
    expectClose(score.meanIoU, (0.5 + 4.0 / 3) / 3, within: 1e-12, "mean")
    expectClose(score.perImageMeanIoU, (0.5 + 2.0 / 3) / 2, within: 1e-12, "per image")
    #expect(score.pixelAccuracy == 0.75)
    #expect(score.imagePredictedCounts == [[2, 2, 0], [1, 0, 3]])
    #expect(score.perImageMeanIoUs == [(0.5 + 2.0 / 3) / 2, (0.5 + 2.0 / 3) / 2])
    #expect(score.confusionMatrix.counts == [[2, 0, 1], [1, 2, 0], [0, 0, 2]])
  }

  @Test func largeAndSmallImagesWeighDifferentlyInTheTwo() {
    var score = PixelClassScore(classCount: 3)
    // One image of two pixels that is right, one of six that has no pixel of class 1 right.
    score.add(pixelLogits: logits([0, 1], width: 2), labels: labels([0, 1], width: 2))
    score.add(
      pixelLogits: logits([0, 0, 0, 0, 0, 0], width: 6), labels: labels([0, 0, 0, 1, 1, 1], width: 6))
    #expect(score.ious == [4.0 / 7, 0.25, nil])
    #expect(score.perImageIoUs == [0.75, 0.5, nil])
  }

  @Test func ignoredPixelsCountNothing() {
    var score = PixelClassScore(classCount: 3, ignoredClass: 255)
    score.add(pixelLogits: logits([0, 1, 2, 2], width: 4), labels: labels([0, 1, 255, 255], width: 4))
    #expect(score.ious == [1, 1, nil] && score.pixelAccuracy == 1)
  }

  @Test func theConstantMapIsTheMostFrequentClassOfEachPixel() {
    var constant = ConstantClassMap(classCount: 3)
    constant.add(labels([0, 1, 2, 2], width: 4))
    constant.add(labels([0, 1, 1, 0, 0, 2, 1, 2], width: 4))
    let truth = labels([0, 1, 1, 2, 0, 0, 0, 0], width: 4)
    let shares = constant.shares(for: truth)
    #expect(constant.mapCount == 3 && shares.shape == [2, 1, 4, 3])
    let third: Float = 1.0 / 3
    #expect(
      Array(shares.scalars.prefix(12)) == [
        1, 0, 0, 0, 2 * third, third, 0, 2 * third, third, third, 0, 2 * third,
      ])
    #expect(Array(shares.scalars.suffix(12)) == Array(shares.scalars.prefix(12)))
    var score = PixelClassScore(classCount: 3)
    score.add(pixelLogits: shares, labels: truth)
    // Predicted are 0, 1, 1, 2 in both.
    #expect(score.imageClassIoUs == [[1, 1, 1], [0.25, 0, 0]])
  }
}
