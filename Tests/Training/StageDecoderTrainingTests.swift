import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining
import TestSupport
import Testing

/// Noise with one half brighter, which is the mask.
private func halves(count: Int) -> Dataset {
  @Sendable func isBright(_ pixel: Int, _ index: Int) -> Bool {
    (pixel % 224 < 112) == index.isMultiple(of: 2)
  }
  return Dataset(
    name: "halves", targets: .masks(["dark", "bright"]),
    samples: (0..<count).map { index in
      Sample(
        identifier: "\(index)",
        picture: Content {
          var random = RandomStream(seed: 2).child("half", index)
          let pixels = (0..<224 * 224).flatMap { pixel in
            [UInt8](
              repeating: UInt8((isBright(pixel, index) ? 160 : 20) + random.integer(below: 60)), count: 3)
          }
          return Picture(width: 224, height: 224, channels: 3, pixels: pixels)
        },
        target: .mask(
          Content {
            Tensor(shape: [224, 224, 1], scalars: (0..<224 * 224).map { isBright($0, index) ? 1 : 0 })
          }))
    })
}

@Test(arguments: FCNDecoder.Variant.allCases)
func aDecoderOfSeveralStagesIsTrainedOnCachedFeatures(_ variant: FCNDecoder.Variant) throws {
  try withTemporaryFolder { folder in
    let encoder = try VGG.small()
    let preprocessing = encoder.preprocessing
    encoder.freeze()
    let before = encoder.state.mapValues(\.scalars)
    let network = SegmentationNetwork(
      encoder: encoder, decoder: .fcn(variant, hiddenUnits: 64), random: RandomStream(seed: 5))
    let trainer = Trainer(
      network, loss: .binaryCrossEntropy, optimizer: RMSprop(learningRate: 1e-2),
      store: FeatureStore(folder: folder.appendingPathComponent("features")))
    let halves = halves(count: 8)
    let history = try trainer.fit(
      halves.batches(of: 4, shuffledBy: 3), validation: halves.batches(of: 4), until: .epochs(8))
    let losses = try history.epochs.map { try #require($0[.validationLoss]) }
    #expect(losses[7] < losses[0] * 0.9, "\(losses)")
    #expect(encoder.state.mapValues(\.scalars) == before)
    // What the trainer computed from cached features is what the network computes from pictures.
    let batch = try halves.batch(at: [0, 1], preprocessing: preprocessing)
    let stage = try #require(network.lastCacheableStage?.name)
    let features = encoder.features(of: batch.inputs, from: nil, through: stage, .inference)
    let logits = network(batch.inputs, .inference)
    expectClose(network.logits(of: features, after: stage, .inference), logits, within: 1e-5, "\(variant)")
  }
}
