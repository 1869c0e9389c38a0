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

@Test func masksThatAreAllTheSameAreBlind() {
  func figures(_ distinct: Int, classes: Int, images: Int = 10) -> SegmentationFigures {
    .init(
      values: [:], classes: (0..<classes).map { .init(name: "\($0)") }, imageCount: images,
      distinctMaskCount: distinct)
  }
  // Of two classes a decoder of pooled features may give a mask and its opposite.
  #expect(figures(2, classes: 2).isBlind && !figures(3, classes: 2).isBlind)
  #expect(figures(1, classes: 3).isBlind && !figures(2, classes: 3).isBlind)
  // One image has one mask, and that says nothing.
  #expect(!figures(1, classes: 2, images: 1).isBlind)
}
