import Foundation
import GraftTensor
import GraftWeights
import Testing

@Test func aModelCardTravelsWithTheWeights() throws {
  let card = ModelCard(
    architecture: "resnet50-keras-2.1", layout: .channelsLast, classNames: ["man", "\"woman\"", "Grüße/顔"],
    licence: "CC BY 4.0", source: "resnet50.h5", sourceDigest: String(repeating: "a", count: 64))
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("weights.safetensors")
    let other = ["preprocessing": "{}"]
    try SafetensorsFile.write(
      [("x", Tensor(1))], metadata: card.metadata.merging(other) { own, _ in own }, to: file)
    let metadata = try openWeightFile(at: file).metadata
    #expect(ModelCard(metadata: metadata) == card)
    #expect(metadata["architecture"] == "resnet50-keras-2.1")
    #expect(metadata["layout"] == "HWIO")
    #expect(metadata["classNames"] == #"["man","\"woman\"","Grüße/顔"]"#)
    #expect(metadata["preprocessing"] == "{}")
  }
}

@Test func whatACardDoesNotSayStaysUnknown() {
  #expect(ModelCard().metadata.isEmpty)
  let card = ModelCard(metadata: [
    "layout": "sideways", "classNames": "cat, dog", "licence": "MIT", "format": "pt",
  ])
  #expect(card == ModelCard(licence: "MIT"))
}
