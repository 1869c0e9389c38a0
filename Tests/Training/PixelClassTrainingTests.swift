import Foundation
import GraftDatasets
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

private let names = LFWParts.partNames

@Suite struct PixelClassTrainingTests {
  /// Frozen features of the built-in encoder and one decoder; what it is compared with says of every pixel the class that
  /// most of the training pictures have there.
  @Test func aDecoderLearnsToTellBackgroundHairAndSkinApart() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(like: .lfw, count: 40, poseSpread: 2.5).masks(.parts)
      let parts = try faces.split(.tail(0.25))
      let encoder = try VGG.small()
      encoder.freeze()
      let network = SegmentationNetwork(
        encoder: encoder, decoder: .fcn32(classes: names.count), random: RandomStream(seed: 5))
      let trainer = Trainer(
        network, loss: .pixelSoftmaxCrossEntropy(classNames: names), metrics: .classes(names),
        optimizer: RMSprop(learningRate: 1e-2),
        store: FeatureStore(folder: folder.appendingPathComponent("features")))
      let history = try trainer.fit(
        parts.training.batches(of: 10, shuffledBy: 3), validation: parts.validation.batches(of: 10),
        until: .epochs(25), keep: .best(.validation(.meanIoU())))

      let best = try #require(history.best(.validation(.meanIoU()))).metrics
      let first = history.epochs[0].metrics
      #expect(try #require(best["validationLoss"]) < 0.8 * #require(first["validationLoss"]))
      let constant = try constantScore(parts)
      for name in names {
        #expect(
          try #require(best["validationIoU \(name)"]) > #require(first["validationIoU \(name)"])
            - 0.02)
      }
      let mean = try #require(best["validationMeanIoU"])
      #expect(mean > constant.meanIoU + 0.05, "\(best) against \(constant.ious)")
      #expect(try #require(best["validationIoU hair"]) > #require(constant.ious[1]))
      #expect(best["validationIoUPerImage skin"] != nil && best["validationPixelAccuracy"] != nil)
    }
  }

  private func constantScore(_ parts: Split.Parts) throws -> PixelClassScore {
    let targets = try parts.training.targets(at: 0..<parts.training.count)
    let pixelCount = targets.scalarCount / parts.training.count
    var counts = [[Float]](repeating: [0, 0, 0], count: pixelCount)
    for (index, number) in targets.scalars.enumerated() { counts[index % pixelCount][Int(number)] += 1 }
    let one = Tensor(shape: [1, 224, 224, 3], scalars: counts.flatMap(\.self))
    var score = PixelClassScore(classCount: 3)
    for index in 0..<parts.validation.count {
      score.add(pixelLogits: one, labels: try parts.validation.targets(at: [index]))
    }
    return score
  }

  @Test(arguments: [
    Loss.dice(classNames: names), .softIoU(classNames: names), .pixelSoftmaxCrossEntropy(classNames: names),
  ])
  func lossesAreSmallWhereThePredictionIsRight(_ loss: Loss) throws {
    let labels = Tensor(shape: [1, 2, 2, 1], scalars: [0, 1, 2, 2]).converted(to: .uint8)
    func logits(_ numbers: [Int]) -> Tensor {
      Tensor(
        shape: [1, 2, 2, 3], scalars: numbers.flatMap { number in (0..<3).map { $0 == number ? 20 : -20 } })
    }
    #expect(value(loss, logits([0, 1, 2, 2]), labels) < 1e-4)
    #expect(value(loss, logits([1, 0, 0, 0]), labels) > 0.5)
    #expect(loss.name.contains("hair"))
  }

  /// By hand: one half for each of two classes everywhere, of which the first has one of two pixels.
  @Test func overlapLossesAreMeansOverClasses() {
    let labels = Tensor(shape: [1, 1, 2, 1], scalars: [0, 1]).converted(to: .uint8)
    let logits = Tensor(shape: [1, 1, 2, 2], scalars: [0, 0, 0, 0])
    let two = ["a", "b"]
    // Σ p·t = 0.5, Σ p = 1, Σ t = 1.
    expectClose(
      Double(value(.dice(classNames: two, smoothing: 0), logits, labels)), 0.5, within: 1e-6, "Dice")
    expectClose(
      Double(value(.softIoU(classNames: two, smoothing: 0), logits, labels)), 1 - 0.5 / 1.5, within: 1e-6,
      "IoU")
  }

  private func value(_ loss: Loss, _ logits: Tensor, _ labels: Tensor) -> Float {
    loss.function(logits, labels).scalar
  }
}
