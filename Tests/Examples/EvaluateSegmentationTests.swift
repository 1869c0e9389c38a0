import Foundation
import GraftDatasets
import GraftMetrics
import GraftImages
import GraftModels
import GraftStudy
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

private let example = "evaluate-segmentation"

@Suite(.long) struct EvaluateSegmentationTests {
  /// A short study of drawn faces that lie on the disk as photographs do.
  private func study(in folder: URL, _ options: [String]) throws -> URL {
    try folder.writeSyntheticTrees()
    let output = folder.appendingPathComponent("out")
    let data = ["celeba", "lfw", "helen"].flatMap { ["--\($0)", folder.appendingPathComponent($0).path] }
    let result = try run(
      "face-segmentation-study",
      data + [
        "--encoders", "small", "--limit-gender", "20", "--gender-epochs", "1", "--segmentation-batch", "3",
        "--segmentation-learning-rate", "1e-2", "--segmentation-epochs", "8", "--output", output.path,
      ] + options, in: folder)
    #expect(result.status == 0, "\(result.output)")
    return output
  }

  @Test(arguments: [
    [],
    ["--trained-stages", "last", "--feature-type", "bfloat16", "--helen-threshold", "maximum"],
  ])
  func theFiguresOfTheStudyComeOutAgain(_ options: [String]) throws {
    try withTemporaryFolder { folder in
      let output = try study(in: folder, options)
      let results = try #require(
        try FaceSegmentationResults(contentsOf: output.appendingPathComponent("results.json")))
      let found = try #require(results.encoders["small"]).decoders
      #expect(found.count == 8)
      for wanted in found {
        let condition = "\(wanted.dataset)-\(wanted.masks.rawValue)"
        let model = output.appendingPathComponent(
          "models/small-\(condition)-\(wanted.arm.rawValue).safetensors")
        let values = try figures(of: model, on: wanted.dataset, in: folder)
        #expect(
          values
            == named(wanted.scores.validation, "").merging(named(try #require(wanted.scores.test), "test ")) {
              own, _ in own
            })
        let card = ModelCard(metadata: try openWeightFile(at: model).metadata)
        #expect(card.metrics == values && card.epoch == wanted.bestEpoch)
        #expect(card.commandLine?.contains("--segmentation-epochs 8") == true)
        #expect(card.licence?.contains("Apache-2.0") == true && card.limits?.isEmpty == false)
        let digests = try #require(results.encoders["small"]?.encoderDigest)
        let digest = wanted.arm == .control ? digests.control : digests.gender
        #expect((card.encoderDigest == digest) == options.isEmpty)
      }
      try splitsAreChecked(output, folder)

      let gender = ModelCard(
        metadata: try openWeightFile(at: output.appendingPathComponent("models/small-gender.safetensors"))
          .metadata)
      #expect(
        gender.head?.family == "gender"
          && gender.metrics?["test accuracy"] == results.encoders["small"]?.gender?.scores.test?.accuracy)
      #expect(
        gender.metrics?["accuracy"] == results.encoders["small"]?.gender?.scores.validation.accuracy)
    }
  }

  private func named(_ scores: ConstantMaskComparison, _ prefix: String) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: scores.named().map { (prefix + $0.key, $0.value) })
  }

  private func arguments(_ model: URL, _ dataset: String, _ folder: URL) -> [String] {
    ["--model", model.path, "--dataset", dataset, "--data", folder.path + "/\(dataset)"]
  }

  /// What the example computes, by the names of the model card.
  private func figures(of model: URL, on dataset: String, in folder: URL) throws -> [String: Double] {
    let json = try run(example, arguments(model, dataset, folder) + ["--json"], in: folder)
    #expect(json.status == 0, "\(json.output)")
    return try JSONDecoder().decode([String: Double].self, from: Data(json.output.utf8))
  }

  @Test func theFiguresOfPartsComeOutAgain() throws {
    try withTemporaryFolder { folder in
      let output = try study(in: folder, ["--masks", "parts"])
      let results = try #require(
        try FaceSegmentationResults(contentsOf: output.appendingPathComponent("results.json")))
      let found = try #require(results.encoders["small"]?.decoders)
      #expect(found.map(\.scores.validation.network.classes.count) == [3, 3, 11, 11])
      for wanted in found {
        let model = output.appendingPathComponent(
          "models/small-\(wanted.dataset)-parts-\(wanted.arm.rawValue).safetensors")
        let values = try figures(of: model, on: wanted.dataset, in: folder)
        let test = try #require(wanted.scores.test)
        let validation = named(wanted.scores.validation, "")
        #expect(values == validation.merging(named(test, "test ")) { own, _ in own })
        #expect(values["test iou skin"] == test.network.classes.last { $0.name.hasSuffix("skin") }?.iou)
        let card = ModelCard(metadata: try openWeightFile(at: model).metadata)
        #expect(card.metrics == values && card.classNames == test.network.classes.map(\.name))
        let table = try run(example, arguments(model, wanted.dataset, folder), in: folder)
        #expect(table.output.contains("figures that the network was saved with"), "\(table.output)")
      }
      try partsAreFoundInAPicture(output, folder)
    }
  }

  private func partsAreFoundInAPicture(_ output: URL, _ folder: URL) throws {
    let model = output.appendingPathComponent("models/small-lfw-parts-gender.safetensors").path
    let other = try run(
      example, ["--model", model, "--dataset", "helen", "--data", folder.path + "/helen"], in: folder)
    #expect(
      other.status == 64 && other.output.contains("name the data set that it was trained on"),
      "\(other.output)")
    let picture = folder.appendingPathComponent("lfw/lfw_funneled/Face_1/Face_1_0001.jpg")
    let masks = folder.appendingPathComponent("masks")
    let segmented = try run(
      "segment-faces", ["--model", model, "--output", masks.path, picture.path], in: folder)
    #expect(segmented.status == 0, "\(segmented.output)")
    func written(_ suffix: String) throws -> Picture {
      try Picture(contentsOf: masks.appendingPathComponent("Face_1_0001-\(suffix).png"))
    }
    let photograph = try Picture(contentsOf: picture)
    let network = try SegmentationNetwork(contentsOf: URL(fileURLWithPath: model))
    let map = network.probabilityMaps(of: [photograph])[0]
    let classes = map.indexOfMaximumAlongLastAxis().map { UInt8($0) }
    #expect(map.shape[2] == 3)
    #expect(
      try written("overlay")
        == photograph.overlaid(
          withClasses: Picture(
            width: photograph.width, height: photograph.height, channels: 1, pixels: classes)))
    let scalars = map.scalars
    #expect(
      try written("mask").pixels
        == (0..<classes.count).map { 1 - scalars[3 * $0] >= 0.5 ? UInt8(255) : 0 })
  }

  private func splitsAreChecked(_ output: URL, _ folder: URL) throws {
    let model = output.appendingPathComponent("models/small-lfw-hair-gender.safetensors")
    let arguments = ["--dataset", "lfw", "--data", folder.path + "/lfw", "--model"]
    let table = try run(example, arguments + [model.path], in: folder)
    #expect(
      table.status == 0 && table.output.contains("figures that the network was saved with"), "\(table.output)"
    )

    // Away from its study, a network has to be told its split.
    let moved = folder.appendingPathComponent("elsewhere/models/moved.safetensors")
    try FileManager.default.createDirectory(
      at: moved.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: model, to: moved)
    if try ModelCard(metadata: SafetensorsFile(contentsOf: model).metadata).encoderFile != nil {
      let alone = try run(example, arguments + [moved.path], in: folder)
      #expect(
        alone.status == 1 && alone.output.contains("its encoder is in small-gender.safetensors"),
        "\(alone.output)")
    }
    let whole = try run("inspect-weights", [model.path, "--convert", moved.path, "--overwrite"], in: folder)
    #expect(whole.status == 0, "\(whole.output)")
    let lost = try run(example, arguments + [moved.path], in: folder)
    #expect(lost.status == 64 && lost.output.contains("name it with --split"), "\(lost.output)")
    let split = output.appendingPathComponent("splits/lfw-hair.json")
    let told = try run(example, arguments + [moved.path, "--split", split.path], in: folder)
    #expect(
      told.status == 0 && told.output.contains("figures that the network was saved with"), "\(told.output)")

    // A split of other samples is not taken for the right one.
    try FileManager.default.removeItem(at: split)
    try FileManager.default.copyItem(
      at: output.appendingPathComponent("splits/helen-hair.json"), to: split)
    let other = try run(example, arguments + [model.path], in: folder)
    #expect(other.status == 64 && other.output.contains("this is not the split file"), "\(other.output)")
    let classifier = try run(
      example, arguments + [output.path + "/models/small-gender.safetensors"], in: folder)
    #expect(classifier.status == 1 && classifier.output.contains("gives no masks"), "\(classifier.output)")
  }

  @Test func aNetworkOfDrawnFacesIsMeasuredOnOthers() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let study = try run(
        "face-segmentation-study",
        [
          "--limit-gender", "20", "--gender-epochs", "1", "--segmentation-epochs", "1", "--masks",
          "hair,parts",
          "--quiet",
        ], in: folder)
      #expect(study.status == 0, "\(study.output)")
      for kind in ["hair", "parts"] {
        let model = folder.appendingPathComponent("out/models/small-drawn-lfw-\(kind)-gender.safetensors")
        let result = try run(example, arguments(model, "lfw", folder), in: folder)
        #expect(result.status == 0 && result.output.contains("trained on drawn-lfw"), "\(result)")
        #expect(result.output.contains("all pictures") && result.output.contains("10 pictures."), "\(result)")
        #expect(!result.output.contains("split") && !result.output.contains("recorded"), "\(result)")
        let json = try run(example, arguments(model, "lfw", folder) + ["--json"], in: folder)
        #expect(json.output.contains("\"iou") && !json.output.contains("onstantMask"), "\(json)")
      }
    }
  }

  @Test func anyNetworkIsMeasuredOnAnyPicturesWithMasks() throws {
    try withTemporaryFolder { folder in
      let network = SegmentationNetwork(encoder: try VGG.small(), random: RandomStream(seed: 6))
      try network.write(to: folder.appendingPathComponent("own.safetensors"))
      let faces = SyntheticFaces(like: .helen, count: 3).masks(.withHair)
      for (number, face) in faces.enumerated() {
        try face.picture.value.write(toPNG: folder.appendingPathComponent("photos/\(number).png"))
        let mask = try face.target.value
        try Picture(
          width: mask.shape[1], height: mask.shape[0], channels: 1,
          pixels: mask.scalars.map { $0 > 0 ? 255 : 0 }
        ).resized(
          width: try face.picture.value.width, height: try face.picture.value.height, filter: .nearest
        )
        .write(toPNG: folder.appendingPathComponent("masks/\(number).png"))
      }
      func measure(_ options: String...) throws -> (status: Int32, output: String) {
        try run(example, ["--model", "own.safetensors"] + options, in: folder)
      }
      let json = try measure("--images", "photos", "--masks", "masks", "--json")
      #expect(json.status == 0, "\(json)")
      let values = try JSONDecoder().decode([String: Double].self, from: Data(json.output.utf8))
      let pairs = try Dataset(
        images: folder.appendingPathComponent("photos"), masks: folder.appendingPathComponent("masks"))
      let score = try Evaluator(network, convolutionAlgorithm: .portableWinograd)
        .count(SegmentationScore(), over: pairs)
      #expect(values["iou"] == score.perImageHardIoU && values["iouGlobal"] == score.globalHardIoU)
      #expect(values["constantMask iou"] == nil)

      let split = folder.appendingPathComponent("split.json")
      try Split(of: pairs, rule: .tail(0.4)).write(to: split)
      let parts = try measure("--images", "photos", "--masks", "masks", "--split", "split.json")
      #expect(
        parts.status == 0 && parts.output.contains("validation part")
          && parts.output.contains("constant mask"),
        "\(parts)")
      let colours = try measure(
        "--images", "photos", "--masks", "masks", "--encoding", "colours", "--colours", "000000,ffffff",
        "--json")
      #expect(colours.status == 0 && colours.output == json.output, "\(colours)")
      for (options, sentence) in [
        (["--images", "photos"], "two options that belong together"),
        (["--dataset", "lfw", "--data", "photos", "--masks", "masks"], "two options that belong together"),
        (["--images", "photos", "--masks", "masks", "--colours", "000000,ffffff"], "belong together"),
        (
          ["--images", "photos", "--masks", "masks", "--encoding", "colours", "--colours", "000000"],
          "six hexadecimal digits"
        ),
        (["--dataset", "lfw", "--data", "photos"], "--images and --masks"),
      ] {
        let wrong = try run(example, ["--model", "own.safetensors"] + options, in: folder)
        #expect(wrong.status == 64 && wrong.output.contains(sentence), "\(wrong)")
      }
    }
  }
}
