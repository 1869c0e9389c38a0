import Foundation
import Graft
import TestSupport
import Testing

/// What is known to be wrong and waits for a change of design: each test fails today, and tells when that is no longer so.
@Suite(.long) struct LeftForLaterTests {
  private func weights(
    algorithm: ConvolutionAlgorithm, in folder: URL
  ) throws -> [String: [Float]] {
    let encoder = VGG(
      .vgg16, width: 4, preprocessing: Preprocessing(width: 32, height: 32, style: .tensorFlow),
      random: RandomStream(seed: 4))
    let network = ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
    let faces = SyntheticFaces(count: 4).attribute
    let trainer = Trainer(
      network, loss: .softmaxCrossEntropy, optimizer: SGD(.keras, learningRate: 1e-2),
      cache: FeatureCache(in: folder, algorithm: algorithm))
    _ = try trainer.fit(
      faces.batches(of: 4), validation: faces.batches(of: 4), until: .epochs(2))
    return network.state.mapValues(\.scalars)
  }

  @Test func howATrainingComputesDoesNotDependOnTheCache() throws {
    try withTemporaryFolder { folder in
      let (direct, winograd) = (
        try weights(algorithm: .direct, in: folder), try weights(algorithm: .winograd, in: folder)
      )
      // Nothing is frozen, so that nothing is cached.
      let isSame = direct == winograd
      withKnownIssue("The trainer takes the algorithm of its convolutions from the feature cache.") {
        #expect(isSame)
      }
    }
  }

  @Test func aSentenceIsWhatAnErrorSaysToFoundation() {
    let error: any Error = TrainingInterrupted()
    withKnownIssue("Errors do not conform to LocalizedError.") {
      #expect(error.localizedDescription == "\(error)")
    }
  }

  @Test func aLibraryDoesNotReadTheArgumentsOfItsProgram() throws {
    try withTemporaryFolder { folder in
      var configuration = StudyConfiguration(.drawn)
      (configuration.gender.epochs, configuration.segmentation.epochs) = (1, 1)
      let study = try FaceSegmentationStudy(
        configuration: configuration, output: folder,
        console: StudyConsole(.quiet, terminal: nil) { _ in })
      try study.run(
        [.init(name: "small") { try VGG.small() }], tunedOn: SyntheticFaces(count: 20).attribute,
        conditions: [])
      let model = folder.appendingPathComponent("models/small-gender.safetensors")
      let card = ModelCard(metadata: try openWeightFile(at: model).metadata)
      withKnownIssue("A model card has the command line of whatever program runs the study.") {
        #expect(card.commandLine == nil)
      }
    }
  }

  /// An encoder whose member is not called as its stage.
  private final class Renamed: ImageEncoder {
    private let convolution = Conv2D(
      inputs: 3, outputs: 2, kernelSize: 3, padding: .same, random: RandomStream(seed: 1))
    var stages: [EncoderStage] { [EncoderStage("first", convolution, channels: 2, stride: 1)] }
    let preprocessing = Preprocessing(width: 8, height: 8, style: .tensorFlow)
    var members: [Member] { [.layer("convolution", convolution)] }
  }

  @Test func anEncoderThatIsTrainedDoesNotCountAsFrozen() {
    let encoder = Renamed()
    #expect(encoder.trainableParameterCount > 0)
    #expect(encoder.lastFrozenStage == nil)
    encoder.freeze(through: "first")
    #expect(encoder.isFrozen && encoder.lastFrozenStage?.name == "first")
  }
}
