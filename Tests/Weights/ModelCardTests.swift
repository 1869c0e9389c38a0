import Foundation
import GraftTensor
import GraftWeights
import Testing

@Test func aModelCardTravelsWithTheWeights() throws {
  var card = ModelCard(
    architecture: Architecture("resnet", settings: ["depth": 50, "width": 0.5], title: "ResNet \"50\""),
    layout: .channelsLast, classNames: ["man", "\"woman\"", "Grüße/顔"],
    licence: "CC BY 4.0", source: "resnet50.h5", sourceDigest: String(repeating: "a", count: 64),
    head: Architecture("fcn32"))
  card.title = "Segments faces"
  card.dataset = "lfw-hair"
  card.split = "splits/lfw-hair.json"
  card.splitDigest = String(repeating: "b", count: 64)
  card.metrics = ["iou": 0.1 + 0.2, "iouSoft": 1 / 3]
  card.epoch = 12
  card.settings = ["hair": "true", "dataset": "lfw"]
  card.encoderDigest = String(repeating: "c", count: 64)
  card.limits = "One \"line\",\nand another."
  card.commandLine = "study --lfw 'my lfw'"
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("weights.safetensors")
    let other = ["preprocessing": "{}"]
    try SafetensorsFile.write(
      [("x", Tensor(1))], metadata: card.metadata.merging(other) { own, _ in own }, to: file)
    let metadata = try openWeightFile(at: file).metadata
    #expect(ModelCard(metadata: metadata) == card)
    #expect(
      metadata["architecture"]
        == #"{"family":"resnet","settings":{"depth":50,"width":0.5},"title":"ResNet \"50\""}"#)
    #expect(metadata["head"] == #"{"family":"fcn32","settings":{},"title":"fcn32"}"#)
    #expect(metadata["layout"] == "HWIO")
    #expect(metadata["classNames"] == #"["man","\"woman\"","Grüße/顔"]"#)
    #expect(metadata["preprocessing"] == "{}")
  }
}

@Test func whatIsNoNumberIsNoMetric() {
  var card = ModelCard()
  card.metrics = ["iou": .nan, "iouSoft": 0.5]
  #expect(ModelCard(metadata: card.metadata).metrics == ["iouSoft": 0.5])
}

@Test func whatACardDoesNotSayStaysUnknown() {
  #expect(ModelCard().metadata.isEmpty)
  let card = ModelCard(metadata: [
    "layout": "sideways", "classNames": "cat, dog", "licence": "MIT", "format": "pt",
  ])
  #expect(card == ModelCard(licence: "MIT"))
}
