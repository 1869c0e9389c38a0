import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import TestSupport
import Testing

@testable import GraftTraining

/// Computing starts after the last stage whose rows are stored; a test counts how many pictures go through which stage.
@Suite(.long) struct StagesFromRowsTests {
  private func encoder(side: Int = 64, width: Int = 4) -> VGG {
    VGG(
      .vgg16, width: width, preprocessing: Preprocessing(width: side, height: side, style: .tensorFlow),
      random: RandomStream(seed: 4))
  }

  /// The same with another last stage, as it comes out of a tuning.
  private func tuned(_ encoder: VGG) -> VGG {
    let tuned = VGG(
      encoder.depth, width: encoder.stages[0].channels, preprocessing: encoder.preprocessing,
      random: RandomStream(seed: 4))
    for (path, parameter) in tuned.parameters where path.hasPrefix("block5.") {
      parameter.value = parameter.value * 1.01
    }
    return tuned
  }

  private func rows(_ features: StoredFeatures) throws -> [UInt32] {
    try features.rows(Array(0..<features.count)).scalars.map(\.bitPattern)
  }

  @Test(arguments: [(64, 4), (32, 32), (320, 2)])
  func theTunedArmStartsFromTheStageThatBothShare(_ side: Int, _ width: Int) throws {
    try withTemporaryFolder { folder in
      let published = encoder(side: side, width: width)
      let tuned = tuned(published)
      #expect(published.digest(through: "block4") == tuned.digest(through: "block4"))
      #expect(published.digest(through: "block5") != tuned.digest(through: "block5"))
      let faces = squares(count: 10)
      let store = FeatureStore(folder: folder.appendingPathComponent("shared"))
      let control = try store.features(of: faces, by: published, through: "block5", keeping: ["block4"])
      #expect(
        control.computedPictures == ["block1": 10, "block2": 10, "block3": 10, "block4": 10, "block5": 10])
      let arm = try store.features(of: faces, by: tuned, through: "block5", keeping: ["block4"])
      #expect(arm.computedPictures == ["block5": 10])
      // To the bit what both give from pictures.
      for (encoder, found) in [(published, control), (tuned, arm)] {
        let alone = FeatureStore(folder: folder.appendingPathComponent("alone"))
        let whole = try alone.features(of: faces, by: encoder, through: "block5")
        #expect(whole.computedPictures["block1"] == 10)
        #expect(try rows(whole) == rows(found))
      }
      // And the kept rows are those of a training that freezes up to there.
      let earlier = try store.features(of: faces, by: tuned, through: "block4")
      #expect(earlier.computedPictures.isEmpty)
    }
  }

  @Test func whatIsNotKeptIsComputedFromPictures() throws {
    try withTemporaryFolder { folder in
      let published = encoder()
      let tuned = tuned(published)
      let store = FeatureStore(folder: folder)
      _ = try store.features(of: squares(count: 4), by: published, through: "block5", keeping: ["block4"])
      // Four begin with rows, and two with pictures.
      let more = try store.features(of: squares(count: 6), by: tuned, through: "block5")
      #expect(more.computedPictures == ["block1": 2, "block2": 2, "block3": 2, "block4": 2, "block5": 6])
      let alone = try FeatureStore(folder: folder.appendingPathComponent("alone"))
        .features(of: squares(count: 6), by: tuned, through: "block5")
      #expect(try rows(more) == rows(alone))
      // Rows that are rounded are no start.
      let half = try FeatureStore(folder: folder.appendingPathComponent("half"), scalarType: .bfloat16)
        .features(of: squares(count: 4), by: published, through: "block4")
      let next = try FeatureStore(folder: folder.appendingPathComponent("half"))
        .features(of: squares(count: 4), by: published, through: "block5")
      #expect(half.computedPictures["block1"] == 4 && next.computedPictures["block1"] == 4)
    }
  }

  /// Rows of one batch come from different calls: a picture must have the same bits beside any others, at any place.
  @Test(
    arguments: [ConvolutionAlgorithm.direct, .winograd, .portableWinograd],
    ["VGG", "wide VGG", "VGG with batch norms", "ResNet", "MobileNetV2"])
  func theBitsOfAPictureDoNotDependOnItsNeighbours(_ algorithm: ConvolutionAlgorithm, _ name: String) throws {
    let random = RandomStream(seed: 7)
    let preprocessing = Preprocessing(width: 64, height: 64, style: .tensorFlow)
    let encoder: any ImageEncoder =
      switch name {
      case "VGG": encoder()
      case "wide VGG": VGG(.vgg11, preprocessing: preprocessing, random: random)
      case "VGG with batch norms":
        VGG(.vgg11, variant: .batchNormalized, width: 16, preprocessing: preprocessing, random: random)
      case "ResNet": ResNet(.resNet18, variant: .torchvision, preprocessing: preprocessing, random: random)
      default: MobileNetV2(preprocessing: preprocessing, random: random)
      }
    var context = Context.inference
    context.convolutionAlgorithm = algorithm
    let faces = squares(count: 8)
    let pictures = try (0..<8).map { encoder.preprocessing.tensor(of: [try faces[$0].picture.value]) }
    func bits(_ batch: [Tensor], at place: Int) -> [UInt32] {
      let output = encoder.features(
        of: Tensor.concatenated(batch, alongAxis: 0), from: nil, through: encoder.lastStage.name, context)
      return output.rowMajor.rows([place]).scalars.map(\.bitPattern)
    }
    let zeros = Tensor(zeros: pictures[0].shape)
    let alone = bits([pictures[0], zeros, zeros, zeros], at: 0)
    for place in 0..<4 {
      var batch = Array(pictures[(1 + place)..<(5 + place)])
      batch[place] = pictures[0]
      #expect(bits(batch, at: place) == alone, "\(name), place \(place)")
    }
    // And stage by stage, from rows in row-major order.
    var output = Tensor.concatenated(Array(pictures[0..<4]), alongAxis: 0)
    for (index, stage) in encoder.stages.enumerated() {
      output = encoder.features(
        of: output.rowMajor, from: index == 0 ? nil : stage.name, through: stage.name, context)
    }
    #expect(output.rowMajor.rows([0]).scalars.map(\.bitPattern) == alone, "\(name), stage by stage")
  }
}
