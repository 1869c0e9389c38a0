import Foundation
import Graft
import TestSupport
import Testing

/// What an earlier design had wrong from end to end.
@Suite(.long) struct EarlierMistakesTests {
  @Test func aSentenceIsWhatAnErrorSaysToFoundation() {
    let error: any Error = TrainingInterrupted(isSaved: true)
    #expect(error.localizedDescription == "\(error)" && "\(error)".hasPrefix("Stopped"))
  }

  @Test func aLibraryDoesNotReadTheArgumentsOfItsProgram() throws {
    try withTemporaryFolder { folder in
      var configuration = FaceSegmentationConfiguration(.drawn)
      (configuration.gender.epochs, configuration.segmentation.epochs) = (1, 1)
      let study = FaceSegmentationStudy(
        [.init(name: "small") { try VGG.small() }], tunedOn: SyntheticFaces(count: 20).attribute,
        conditions: [], configuration: configuration)
      try Run(of: study, in: folder, console: .silent).carryOut()
      let model = folder.appendingPathComponent("models/small-gender.safetensors")
      let card = ModelCard(metadata: try openWeightFile(at: model).metadata)
      #expect(card.commandLine == nil)
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
