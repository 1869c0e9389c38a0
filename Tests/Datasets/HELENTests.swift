import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct HELENTests {
  private let size = Mask.Size(width: 4, height: 1)

  /// Four pixels: background; skin with a little nose; half hair; a third each of skin, hair and background.
  private let maps: [Int: [UInt8]] = [
    0: [255, 0, 120, 85], 1: [0, 200, 0, 85], 6: [0, 55, 0, 0], 10: [0, 0, 135, 85],
  ]

  private func writeTree(_ folder: URL, below: String = "", photograph: String = "images/") throws {
    for (list, name) in [("exemplars", "30_1"), ("testing", "10_1"), ("tuning", "2371615952_1")] {
      try folder.write("1 , \(name)\r\n\n", to: "\(below)\(list).txt")
      try folder.write(Picture.colours("RGBK"), to: "\(below)\(photograph)\(name).jpg")
      for map in 0...10 {
        let file = "\(name)_lbl\(map < 10 ? "0" : "")\(map).png"
        try folder.write(Picture.grey(maps[map] ?? [0, 0, 0, 0]), to: "\(below)labels/\(name)/\(file)")
      }
    }
  }

  @Test(arguments: ["", "SmithCVPR2013_dataset_resized/", "SmithCVPR2013_dataset_original/"])
  func listsGiveOrderAndParts(below: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder, below: below)
      let helen = try HELEN(directory: folder).dataset()
      #expect(helen.map(\.identifier) == ["30_1", "10_1", "2371615952_1"])
      #expect(helen.map(\.partition) == [.training, .test, .validation])
      #expect(helen.name == "helen-hair")
      #expect(helen.warnings.count == 1 && helen.warnings[0].contains("2371615952_1"))
      #expect(try helen[0].picture.value == .colours("RGBK"))
      #expect(try helen[0].target.value.shape == [224, 224, 1])
    }
  }

  @Test func partsOfTheFaceAreSummedBeforeAnythingIsDecided() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let withHair = try HELEN(directory: folder).dataset(maskSize: size)[0].target.value
      #expect(withHair.scalarType == .uint8)
      #expect(withHair.scalars == [0, 1, 1, 1])
      let without = try HELEN(directory: folder).dataset(classes: .withoutHair, maskSize: size)[0].target
        .value
      #expect(without.scalars == [0, 1, 0, 0])
    }
  }

  /// Copies of the grey maps as other programs write them.
  @Test(arguments: ["grey", "RGB", "palette", "16 bits"])
  func copiesOfTheLabelsInOtherFormsAreRead(form: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let expected = try HELEN(directory: folder).dataset(maskSize: size)[0].target.value
      let parts = try HELEN(directory: folder).dataset(classes: .parts, maskSize: size)[0].target.value
      for map in 0...10 {
        let values = maps[map] ?? [0, 0, 0, 0]
        let file = folder.appendingPathComponent("labels/30_1/30_1_lbl\(map < 10 ? "0" : "")\(map).png")
        switch form {
        case "RGB": try Picture.grey(values).rgb.write(toPNG: file)
        case "palette":
          try Data(pngBytes(values.map { [255 - $0] }, colour: 3, palette: (0...255).map { 255 - $0 })).write(
            to: file)
        // The low byte is noise, which must not push a value over the threshold.
        case "16 bits": try Data(pngBytes(values.map { [$0, 0xFF] }, colour: 0, depth: 16)).write(to: file)
        default: try Picture.grey(values).write(toPNG: file)
        }
      }
      let helen = try HELEN(directory: folder).dataset(maskSize: size)
      let again = try HELEN(directory: folder).dataset(classes: .parts, maskSize: size)
      #expect(try helen[0].target.value.scalars == expected.scalars)
      #expect(try again[0].target.value.scalars == parts.scalars)
      #expect(try helen[0].picture.value == .colours("RGBK"))
    }
  }

  @Test func labelsWithColoursAreRefused() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.write(Picture.colours("RGBK"), to: "labels/30_1/30_1_lbl01.png")
      let text = message { _ = try HELEN(directory: folder).dataset()[0].target.value }
      #expect(text.contains("30_1_lbl01.png: this label has colours"), "\(text)")
    }
  }

  /// A photograph whose file says that it is upside down, and labels that were made of its rows as they are.
  @Test func photographsAreNotTurnedAsTheirLabelsAreNot() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let rows = Picture.colours("RGBK")
      let turned = pngBytes(
        (0..<4).map { Array(rows.pixels[3 * $0..<3 * $0 + 3]) }, colour: 2,
        chunks: [
          ("eXIf", Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{3}\0\0\0\0\0\0".utf8))
        ])
      let file = folder.appendingPathComponent("images/30_1.jpg")
      try Data(turned).write(to: file)
      #expect(try Picture(contentsOf: file) != rows)
      #expect(try HELEN(directory: folder).dataset()[0].picture.value == rows)
    }
  }

  @Test func theDoubtfulSampleIsWarnedOfWhereverTheDataSetGoes() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let helen = try HELEN(directory: folder).dataset()
      for dataset in [try HELEN(directory: folder).dataset(classes: .parts), helen.prefix(1)] {
        #expect(dataset.warnings == helen.warnings && dataset.warnings.count == 1)
      }
      #expect(helen.fixedViews(2, by: Augmentation(flipProbability: 1), seed: 1).warnings == helen.warnings)
    }
  }

  @Test func theThresholdLiesBetween127And128() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.write(Picture.grey([0, 100, 100, 255]), to: "labels/30_1/30_1_lbl01.png")
      try folder.write(Picture.grey([0, 27, 28, 255]), to: "labels/30_1/30_1_lbl02.png")
      try folder.write(Picture.grey([0, 0, 0, 0]), to: "labels/30_1/30_1_lbl06.png")
      let mask = try HELEN(directory: folder).dataset(classes: .withoutHair, maskSize: size)[0].target.value
      #expect(mask.scalars == [0, 0, 1, 1])
    }
  }

  @Test func backgroundDecidesWhereMapsOfPartsAreMissing() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.remove("labels/30_1/30_1_lbl06.png")
      #expect(try HELEN(directory: folder).dataset(maskSize: size)[0].target.value.scalars == [0, 1, 1, 1])
      let without = try HELEN(directory: folder).dataset(classes: .withoutHair, maskSize: size)[0].target
        .value
      #expect(without.scalars == [0, 1, 0, 0])
      try folder.write(Picture.grey([128, 127, 0, 0]), to: "labels/30_1/30_1_lbl00.png")
      #expect(try HELEN(directory: folder).dataset(maskSize: size)[0].target.value.scalars == [0, 1, 1, 1])
      try folder.remove("labels/30_1/30_1_lbl00.png")
      #expect(
        message { _ = try HELEN(directory: folder).dataset() }.contains(
          "30_1_lbl00.png: this label is missing"))
    }
  }

  /// Each rule by its formula in integers, over pixels on both sides of every border.
  @Test(arguments: HELEN.ThresholdRule.allCases, [FaceClasses.withHair, .withoutHair])
  func everyRuleDecidesByItsFormula(rule: HELEN.ThresholdRule, region: FaceClasses) throws {
    // Background, skin, nose, hair.
    let pixels: [[Int]] = [
      [127, 128, 0, 0], [128, 127, 0, 0], [0, 115, 113, 27], [100, 80, 75, 0], [120, 0, 0, 135],
      [85, 85, 0, 85], [100, 100, 0, 55], [101, 100, 0, 54], [128, 64, 62, 0], [127, 64, 63, 0],
      [0, 0, 0, 255],
    ]
    try withTemporaryFolder { folder in
      try writeTree(folder)
      for map in 0...10 {
        let column = [0: 0, 1: 1, 6: 2, 10: 3][map]
        let values = pixels.map { pixel in column.map { UInt8(pixel[$0]) } ?? 0 }
        try folder.write(
          Picture.grey(values), to: "labels/30_1/30_1_lbl\(map < 10 ? "0" : "")\(map).png")
      }
      let helen = try HELEN(directory: folder).dataset(
        classes: region, threshold: rule, maskSize: Mask.Size(width: pixels.count, height: 1))
      let expected = pixels.map { pixel -> Float in
        let (background, hair) = (pixel[0], pixel[3])
        let parts = region == .withHair ? Array(pixel[1...]) : Array(pixel[1...2])
        let sum = parts.reduce(0, +)
        let isFace =
          switch rule {
          case .standard, .sum: sum >= 128
          case .background: background + (region == .withHair ? 0 : hair) <= 127
          case .maximum: parts.contains { $0 >= 128 }
          case .againstBackground: sum >= background
          }
        return isFace ? 1 : 0
      }
      #expect(try helen[0].target.value.scalars == expected)
    }
  }

  @Test func rulesThatNeedAllMapsSayWhichIsMissing() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.remove("labels/30_1/30_1_lbl06.png")
      for rule in [HELEN.ThresholdRule.sum, .maximum, .againstBackground] {
        let text = message { _ = try HELEN(directory: folder).dataset(threshold: rule) }
        #expect(
          text.contains("30_1_lbl06.png: this label is missing") && text.contains(rule.rawValue), "\(text)")
      }
      let parts = try HELEN(directory: folder).dataset(classes: .parts)
      #expect(message { _ = try parts[0].target.value }.contains("not all eleven maps of 30_1"))
    }
  }

  @Test func partsAreTheMostProbableLabelOfEachPixel() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let parts = try HELEN(directory: folder).dataset(classes: .parts, maskSize: size)
      #expect(parts.name == "helen-parts" && parts.classNames.count == 11)
      #expect(parts.classNames[6] == "nose" && parts.classNames[10] == "hair")
      let target = try parts[0].target.value
      #expect(target.shape == [1, 4, 1] && target.scalarType == .uint8)
      // Of equal ones the first; half hair is hair.
      #expect(target.scalars == [0, 1, 10, 0])
      #expect(parts[1].partition == .test && parts[1].identifier == "10_1")
      // Between the second and the third, a quarter of the way: skin 150, nose 41, background 30, hair 34.
      let wide = Mask.Size(width: 8, height: 1)
      let soft = try HELEN(directory: folder).dataset(classes: .parts, maskSize: wide)[0].target.value
      let hard = try HELEN(directory: folder).dataset(
        classes: .parts, maskSize: wide, maskResizing: .nearest)[0].target.value
      #expect(hard.scalars == [0, 0, 1, 1, 10, 10, 0, 0])
      #expect(soft.scalars == [0, 0, 1, 1, 10, 10, 10, 0])
    }
  }

  @Test func probabilitiesAreResizedBeforeTheThresholdUnlessAskedOtherwise() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      // With the nose, the probabilities are 255, 115, 60, 255; a quarter of the way from the second back to the first
      // lies 150, which is face, though the pixel that is nearest is not.
      try folder.write(Picture.grey([255, 60, 60, 255]), to: "labels/30_1/30_1_lbl01.png")
      let wide = Mask.Size(width: 8, height: 1)
      let soft = try HELEN(directory: folder).dataset(classes: .withoutHair, maskSize: wide)[0].target.value
      let hard = try HELEN(directory: folder).dataset(
        classes: .withoutHair, maskSize: wide, maskResizing: .nearest)[0].target.value
      #expect(hard.scalars == [1, 1, 0, 0, 0, 0, 1, 1])
      #expect(soft.scalars == [1, 1, 1, 0, 0, 0, 1, 1])
    }
  }

  @Test func photographsMayLieElsewhereAndBeLarger() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder, below: "tree/", photograph: "../photographs/train_1/")
      let tree = folder.appendingPathComponent("tree")
      #expect(
        message { _ = try HELEN(directory: tree).dataset() }.contains(
          "exemplars.txt line 1: the photograph 30_1.jpg"))
      let helen = try HELEN(directory: tree, photographs: folder.appendingPathComponent("photographs"))
        .dataset()
      try folder.write(Picture.colours("RRGGBBKK", "RRGGBBKK"), to: "photographs/train_1/30_1.jpg")
      let picture = try helen[0].picture.value
      #expect(picture.width == 4 && picture.height == 1)
      try folder.write(Picture.colours("RR", "GG"), to: "photographs/train_1/30_1.jpg")
      #expect(message { _ = try helen[0].picture.value }.contains("2×2 and its labels are 4×1"))
    }
  }

  // MARK: Errors

  @Test func labelsOfUnequalSizeAndColouredOnesAreRefused() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let helen = try HELEN(directory: folder).dataset()
      try folder.write(Picture.grey([0, 0]), to: "labels/30_1/30_1_lbl05.png")
      #expect(message { _ = try helen[0].target.value }.contains("30_1_lbl05.png: this label is 2×1"))
      try folder.write(Picture.colours("RRRR"), to: "labels/30_1/30_1_lbl05.png")
      #expect(message { _ = try helen[0].target.value }.contains("30_1_lbl05.png: this label has colours"))
    }
  }

  @Test(arguments: [
    ("1  30_1\n", "exemplars.txt line 1: “1  30_1” is not a number, a comma"), ("1 ,\n", "line 1:"),
    ("1 , 30_1\n2,30_1\n", "line 2: 30_1 is listed a second time"),
  ])
  func damagedListsAreRefused(content: String, piece: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.write(content, to: "exemplars.txt")
      let text = message { _ = try HELEN(directory: folder).dataset() }
      #expect(text.contains(piece), "\(text)")
    }
  }

  @Test func aFolderWithoutListsAndOneWithBothReleasesAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(
        message { _ = try HELEN(directory: folder).dataset() }.contains(
          "exemplars.txt, testing.txt and tuning.txt"))
      try writeTree(folder, below: "SmithCVPR2013_dataset_resized/")
      try writeTree(folder, below: "SmithCVPR2013_dataset_original/")
      #expect(message { _ = try HELEN(directory: folder).dataset() }.contains("both releases"))
    }
  }
}
