import Foundation
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

private let example = "pretrain-small-encoder"

@Suite(.long) struct PretrainSmallEncoderTests {
  @Test func writesWeightsThatFitAndTheSameOnesAgain() throws {
    try withTemporaryFolder { folder in
      let files = ["first", "second"].map { folder.appendingPathComponent("\($0).safetensors") }
      for file in files {
        let result = try run(
          example,
          [
            "--pictures", "24", "--held-out", "12", "--epochs", "2", "--batch", "12", "--output", file.path,
          ], in: folder)
        #expect(result.status == 0 && result.output.contains("on 12 shapes"), "\(result.output)")
      }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
      let network = VGG(
        .vgg16, width: 8, preprocessing: Preprocessing(width: 64, height: 64, style: .tensorFlow))
      try network.read(from: files[0])
      #expect(try SafetensorsFile(contentsOf: files[0]).metadata["preprocessing"]?.isEmpty == false)
    }
  }

  @Test func impossibleNumbersAreNamed() throws {
    try withTemporaryFolder { folder in
      let result = try run(example, ["--epochs", "1"], in: folder)
      #expect(result.status == 64 && result.output.contains("epochs from 2"), "\(result.output)")
    }
  }
}
