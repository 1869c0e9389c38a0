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
      try ClassificationNetwork.gender(encoder).write(to: tuned)
      #expect(try MobileNetV2(weights: .file(tuned), width: 0.25).parameterCount == encoder.parameterCount)
    }
  }

  /// Networks of each kind that have a preprocessing and names of classes.
  private func networks(_ preprocessing: Preprocessing, _ names: [String]?) -> [any GraftedNetwork] {
    let encoder = VGG(.vgg11, width: 2, preprocessing: preprocessing)
    return [
      ClassificationNetwork(
        encoder: encoder, top: VGG.top(channels: 16, side: 2, hiddenUnits: 3, classes: 2), classNames: names),
      SegmentationNetwork(encoder: encoder, decoder: .fcn32(classes: 2), classNames: names),
      ClassificationNetwork.gender(encoder, classNames: names),
    ]
  }

  private func classNames(of network: any GraftedNetwork) -> [String]? {
    ModelCard(metadata: network.metadata).classNames
  }

  @Test func whatAFileRecordsIsTakenOverOrRefused() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("network.safetensors")
      for (index, network) in networks(own, ["a", "b"]).enumerated() {
        try network.write(to: file)
        let copy = networks(own, nil)[index]
        try copy.read(from: file)
        #expect(classNames(of: copy) == ["a", "b"])
        #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))

        let others: [(any GraftedNetwork, part: String)] = [
          (networks(Preprocessing(width: 64, height: 96, style: .torch), nil)[index], "preprocessing"),
          (
            networks(Preprocessing(width: 64, height: 96, filter: .nearest, style: .tensorFlow), nil)[index],
            "preprocessing"
          ),
          (networks(own, ["b", "a"])[index], "classNames"),
        ]
        for (other, part) in others {
          let before = other.state.mapValues(\.scalars)
          let error = #expect(throws: WeightFileError.self) { try other.read(from: file) }
          #expect(error?.part == part, "\(String(describing: error))")
          #expect(other.state.mapValues(\.scalars) == before)
        }
        try network.write(to: file, metadata: ["preprocessing": "{\"width\": 0}"])
        let error = #expect(throws: WeightFileError.self) { try copy.read(from: file) }
        #expect(error?.part == "preprocessing" && error?.kind == .damaged)
      }
    }
  }

  @Test func anEncoderOfAnotherPreprocessingIsNotReadEither() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("encoder.safetensors")
      try VGG(.vgg11, width: 2, preprocessing: own).write(to: file)
      let error = #expect(throws: WeightFileError.self) { try VGG(.vgg11, width: 2).read(from: file) }
      #expect(error?.part == "preprocessing")
      // What can be made to order is: this constructor takes the file's.
      #expect(try VGG.vgg11(weights: .file(file), width: 2).preprocessing == own)
      try VGG(.vgg11, width: 2).write(to: file, metadata: ["preprocessing": "none"])
      #expect(throws: WeightFileError.self) { try VGG.vgg11(weights: .file(file), width: 2) }
    }
  }

  /// At sides that are no multiples of 32, the two give other features.
  @Test func howPoolingsAreRoundedIsAPartOfTheArchitecture() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("encoder.safetensors")
      let odd = Preprocessing(width: 45, height: 50)
      let up = VGG(.vgg11, width: 2, preprocessing: odd, roundingPoolsUp: true)
      let down = VGG(.vgg11, width: 2, preprocessing: odd)
      #expect(up.architecture != down.architecture)
      #expect(up.outputShape(of: "block5") == [2, 2, 16] && down.outputShape(of: "block5") == [1, 1, 16])
      let input = Tensor(repeating: 0.5, shape: [1, 50, 45, 3])
      #expect(up(input, .inference).shape == [1, 2, 2, 16])
      try up.write(to: file)
      let copy = try VGG.vgg11(weights: .file(file), width: 2)
      #expect(copy.roundsPoolsUp && copy.architecture == up.architecture)
      #expect(copy(input, .inference).scalars == up(input, .inference).scalars)
      #expect(throws: WeightFileError.self) { try down.read(from: file) }
      #expect(throws: WeightFileError.self) { try VGG.vgg13(weights: .file(file), width: 2) }

      let whole = folder.appendingPathComponent("network.safetensors")
      // A decoder's maps are as large as the picture only where nothing is rounded.
      let even = VGG(
        .vgg11, width: 2, preprocessing: Preprocessing(width: 64, height: 64), roundingPoolsUp: true)
      try SegmentationNetwork(encoder: even).write(to: whole)
      #expect((try SegmentationNetwork(contentsOf: whole).encoder as? VGG)?.roundsPoolsUp == true)
    }
  }
}
