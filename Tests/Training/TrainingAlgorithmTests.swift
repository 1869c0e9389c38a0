import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import TestSupport
import Testing

@testable import GraftTraining

/// How a training computes is its own setting: stored features follow it.
@Suite(.long) struct TrainingAlgorithmTests {
  private func train(
    _ algorithm: ConvolutionAlgorithm, frozenThrough stage: String?, in folder: URL
  ) throws -> [String: [UInt32]] {
    let encoder = VGG(
      .vgg16, width: 4, preprocessing: Preprocessing(width: 32, height: 32, style: .tensorFlow),
      random: RandomStream(seed: 4))
    if let stage { encoder.freeze(through: stage) }
    let network = ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
    let faces = SyntheticFaces(count: 4).attribute
    let trainer = Trainer(
      network, loss: .softmaxCrossEntropy, optimizer: SGD(.keras, learningRate: 1e-2),
      convolutionAlgorithm: algorithm, store: FeatureStore(folder: folder))
    _ = try trainer.fit(
      faces.batches(of: 4), validation: faces.batches(of: 4), until: .epochs(2))
    return network.state.mapValues { $0.scalars.map(\.bitPattern) }
  }

  @Test(arguments: [nil, "block4"] as [String?])
  func aTrainingComputesAsItIsTold(_ stage: String?) throws {
    try withTemporaryFolder { folder in
      let algorithms = [ConvolutionAlgorithm.direct, .winograd, .portableWinograd]
      let first = try algorithms.map { try train($0, frozenThrough: stage, in: folder) }
      #expect(first[0] != first[1] && first[0] != first[2])
      // What is stored for another algorithm changes nothing.
      for (index, algorithm) in algorithms.enumerated() {
        let elsewhere = folder.appendingPathComponent("\(index)")
        #expect(try train(algorithm, frozenThrough: stage, in: elsewhere) == first[index])
      }
    }
  }
}
