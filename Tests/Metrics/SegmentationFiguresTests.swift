import Foundation
import GraftMetrics
import GraftTensor
import TestSupport
import Testing

/// Two classes by one logit and by two are the same masks: what both report has to agree.
@Test func masksOfTwoClassesHaveTheSameFiguresByOneLogitAndByTwo() throws {
  var random = RandomStream(seed: 5)
  let logits = Tensor(uniform: [6, 9, 7, 1], in: -3..<3, random: &random)
  let truth = Tensor(shape: [6, 9, 7, 1], scalarType: .uint8) { bytes in
    for index in bytes.indices { bytes[index] = UInt8(index % 3 == 0 ? 1 : 0) }
  }
  var masks = SegmentationScore()
  masks.add(logits: logits, masks: truth)
  var classes = PixelClassScore(classCount: 2)
  let pairs = Tensor(shape: [6, 9, 7, 2], scalars: logits.scalars.flatMap { [0, $0] })
  classes.add(pixelLogits: pairs, labels: truth)

  let names = ["background", "face"]
  let (one, two) = (masks.figures(classNames: names), classes.figures(classNames: names))
  #expect(one.imageCount == 6 && two.imageCount == 6 && one.distinctMaskCount == two.distinctMaskCount)
  for measure in [SegmentationFigures.Measure.iouClassMean, .pixelAccuracy] {
    expectClose(try #require(one[measure]), try #require(two[measure]), within: 1e-12, measure.rawValue)
  }
  for (first, second) in zip(one.classes, two.classes) {
    #expect(first.name == second.name)
    expectClose(try #require(first.iou), try #require(second.iou), within: 1e-12, first.name)
    expectClose(
      try #require(first.iouPerImage), try #require(second.iouPerImage), within: 1e-12, first.name)
  }
  // The foreground alone, and the mean of both classes.
  #expect(one[.iou] == one.classes[1].iouPerImage && two[.iouSoft] == nil && two[.iouGlobal] == nil)
  expectClose(
    try #require(two[.iou]), two.classes.compactMap(\.iouPerImage).reduce(0, +) / 2, within: 1e-12, "mean")
  #expect(one.named(prefix: "test ")["test iou face"] == one.classes[1].iou)
  #expect(one.named()["iouSoft"] == masks.perImageSoftIoU)
}

/// Counts of masks of ten pixels, of which so many are face in each image.
private func masks(_ sizes: [Int]) -> SegmentationFigures {
  let logits = sizes.flatMap { size in (0..<10).map { $0 < size ? Float(1) : -1 } }
  var score = SegmentationScore()
  score.add(
    logits: Tensor(shape: [sizes.count, 10, 1, 1], scalars: logits),
    masks: Tensor(zeros: [sizes.count, 10, 1, 1]).converted(to: .uint8))
  return score.figures(classNames: ["background", "face"])
}

@Test func masksThatAreAllTheSameAreBlind() {
  #expect(masks([4, 4, 4]).isBlind && masks([4, 4, 4]).distinctMaskCount == 1)
  // A decoder of pooled features gives a mask and its inverse.
  #expect(masks([4, 6, 4]).isBlind)
  // Two sizes by chance, such as two pictures in which nothing was found.
  #expect(!masks([0, 4, 0]).isBlind && !masks([3, 4, 4, 3]).isBlind)
  // One image has one mask, and that says nothing.
  #expect(!masks([4]).isBlind && !masks([4, 6]).isBlind)
}

@Test func classesThatAreAllTheSameAreBlind() {
  func figures(_ images: [[Int]]) -> SegmentationFigures {
    var score = PixelClassScore(classCount: 3)
    let logits = images.flatMap { $0.flatMap { own in (0..<3).map { $0 == own ? Float(1) : 0 } } }
    score.add(
      pixelLogits: Tensor(shape: [images.count, 2, 1, 3], scalars: logits),
      labels: Tensor(zeros: [images.count, 2, 1, 1]).converted(to: .uint8))
    return score.figures(classNames: ["a", "b", "c"])
  }
  #expect(figures([[0, 1], [0, 1]]).isBlind && !figures([[0, 1], [0, 2]]).isBlind)
  #expect(!figures([[0, 1]]).isBlind)
}
