import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

@Suite struct ModelFileTests {
  private let own = Preprocessing(width: 64, height: 96, style: .tensorFlow)

  @Test(arguments: ResNet.Variant.allCases)
  func architectureAndPreprocessingTravelWithTheWeights(_ variant: ResNet.Variant) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("encoder.safetensors")
      let encoder = ResNet(.resNet50, variant: variant, width: 2, preprocessing: own)
      try encoder.write(to: file)
      let copy = try ResNet.resNet50(weights: .file(file), width: 2)
      #expect(copy.variant == variant && copy.preprocessing == own)
      #expect(copy.state.mapValues(\.scalars) == encoder.state.mapValues(\.scalars))
      let other: ResNet.Variant = variant == .keras ? .kerasPadded : .keras
      #expect {
        try ResNet.resNet50(other, weights: .file(file), width: 2)
      } throws: { error in
        let text = "\(error)"
        return text.contains(
          "encoder.safetensors: architecture: its weights belong to \(encoder.architecture)")
      }
      #expect(throws: WeightFileError.self) {
        try ResNet(.resNet50, variant: other, width: 2).read(from: file)
      }
    }
  }

  @Test func namesOfGraftAloneDoNotTellTheVariant() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("encoder.safetensors")
      let encoder = ResNet(.resNet50, variant: .keras, width: 2)
      try SafetensorsFile.write(encoder.state.map { (name: $0.key, tensor: $0.value) }, to: file)
      #expect {
        try ResNet.resNet50(weights: .file(file), width: 2)
      } throws: { "\($0)".contains("does not say to which of these its weights belong") }
      #expect(try ResNet.resNet50(.kerasPadded, weights: .file(file), width: 2).variant == .kerasPadded)
    }
  }

  @Test func classNamesTravelWithAClassifier() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      let network = ClassificationNetwork(
        encoder: MobileNetV2(width: 0.25), top: MobileNetV2.top(classes: 2),
        classNames: ["Katze", "Hund \"Rex\""])
      try network.write(to: file, metadata: ["note": "drawn"])
      let copy = try MobileNetV2.classifier(weights: .file(file), width: 0.25)
      #expect(copy.classNames == network.classNames)
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      #expect(try SafetensorsFile(contentsOf: file).metadata["note"] == "drawn")
      // Its encoder can be had alone, as can that of any network that is grafted on one.
      let encoder = try MobileNetV2(weights: .file(file), width: 0.25)
      #expect(encoder.state.mapValues(\.scalars) == network.encoder.state.mapValues(\.scalars))
      let tuned = folder.appendingPathComponent("gender.safetensors")
      try GenderClassifier(encoder).write(to: tuned)
      #expect(try MobileNetV2(weights: .file(tuned), width: 0.25).parameterCount == encoder.parameterCount)
    }
  }
}
