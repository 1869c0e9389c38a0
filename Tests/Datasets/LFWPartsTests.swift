import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct LFWPartsTests {
  private let label = Picture.colours("RGB", "rgb", "KBB", "BBB")

  private func writeTree(_ folder: URL, flat: Bool = false, lists: [String: String]? = nil) throws {
    for (person, number) in [("Ann_Lee", "0001"), ("Bo_al-Din", "0012"), ("Cy", "0003")] {
      let file = "\(person)_\(number)"
      try folder.write(
        Picture.colours("KKK", "KKK", "RRR", "RRR"), to: "lfw_funneled/\(flat ? "" : person + "/")\(file).jpg"
      )
      try folder.write(label, to: "parts_lfw_funneled_gt_images/\(file).ppm")
      try folder.write("", to: "parts_lfw_funneled_gt_images/._\(file).ppm")
    }
    let usual = ["train": "Cy 3\n", "validation": "Ann_Lee 0001\r\n", "test": "Bo_al-Din   12 \n\n"]
    for (name, text) in lists ?? usual { try folder.write(text, to: "parts_\(name).txt") }
  }

  @Test(arguments: [false, true])
  func listsGiveOrderAndPartsWhereverThePhotographsLie(flat: Bool) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder, flat: flat)
      let lfw = try LFWParts(directory: folder).dataset()
      #expect(lfw.map(\.identifier) == ["Cy_0003", "Ann_Lee_0001", "Bo_al-Din_0012"])
      #expect(lfw.map(\.partition) == [.training, .validation, .test])
      #expect(lfw.map(\.person) == ["Cy", "Ann_Lee", "Bo_al-Din"])
      #expect(lfw.name == "lfw-hair")
      #expect(try lfw[0].picture.value == .colours("KKK", "KKK", "RRR", "RRR"))
    }
  }

  @Test func photographsAreNotTurnedAsTheirLabelsAreNot() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let pixels: [[UInt8]] = [[255, 0, 0], [0, 0, 0], [0, 0, 255]]
      let upsideDown: [UInt8] = [
        0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0,
      ]
      let file = folder.appendingPathComponent("lfw_funneled/Cy/Cy_0003.jpg")
      try Data(pngBytes(pixels, colour: 2, chunks: [("eXIf", upsideDown)])).write(to: file)
      try folder.write(Picture.colours("RGB"), to: "parts_lfw_funneled_gt_images/Cy_0003.ppm")
      #expect(try Picture(contentsOf: file) == .colours("BKR"))
      #expect(try LFWParts(directory: folder).dataset()[0].picture.value == .colours("RKB"))
    }
  }

  @Test func namesOfPeopleAreBytes() throws {
    try withTemporaryFolder { folder in
      let people: [[UInt8]] = [Array("Ren\u{e9}e".utf8), Array("Rene\u{301}e".utf8), [0x52, 0xf1]]
      for person in people {
        let stem = FileName(person) + "_0001"
        let photographs = folder.appendingPathComponent("lfw_funneled").appending(FileName(person))
        try AtomicFile.write(
          Picture.colours("RGB").encodedNetpbm(), to: photographs.appending(stem + ".jpg"))
        try AtomicFile.write(
          Picture.colours("RGB").encodedNetpbm(),
          to: folder.appendingPathComponent("parts_lfw_funneled_gt_images").appending(stem + ".ppm"))
      }
      try AtomicFile.write(
        people.flatMap { $0 + Array(" 1\n".utf8) }, to: folder.appendingPathComponent("parts_train_val.txt"))
      let lfw = try LFWParts(directory: folder).dataset()
      #expect(lfw.count == 3 && Set(lfw.compactMap(\.person)).count == 3)
      #expect(try (0..<3).allSatisfy { try lfw[$0].picture.value == .colours("RGB") })
    }
  }

  @Test func trainingAndValidationMayComeInOneList() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder, lists: ["train_val": "Cy 3\nAnn_Lee 1\n", "test": "Bo_al-Din 12\n"])
      let lfw = try LFWParts(directory: folder).dataset()
      #expect(lfw.map(\.partition) == [nil, nil, .test])
      try folder.remove("parts_test.txt")
      #expect(try LFWParts(directory: folder).dataset().count == 2)
    }
  }

  @Test func theLargestChannelDecides() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let size = Mask.Size(width: 3, height: 4)
      let withHair = try LFWParts(directory: folder).dataset(maskSize: size)[0].target.value
      #expect(withHair.scalarType == .uint8)
      #expect(withHair.shape == [4, 3, 1])
      #expect(withHair.scalars == [1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
      let without = try LFWParts(directory: folder).dataset(classes: .withoutHair, maskSize: size)[0].target
        .value
      #expect(without.scalars == [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    }
  }

  @Test func partsAreBackgroundHairAndSkin() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let lfw = try LFWParts(directory: folder)
      let faces = lfw.dataset()
      let parts = lfw.dataset(classes: .parts, maskSize: Mask.Size(width: 3, height: 4))
      #expect(parts.name == "lfw-parts" && parts.classNames == ["background", "hair", "skin"])
      #expect(try parts[0].target.value.shape == [4, 3, 1])
      #expect(try parts[0].target.value.scalars == [1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0])
      #expect(try parts[0].picture.value == faces[0].picture.value)
      // The split of the masks is one of the parts.
      let split = try Split(of: faces, rule: .official)
      #expect(try split.applied(to: parts).validation[0].person == "Ann_Lee")
    }
  }

  @Test func masksComeOutAtTheSizeWantedAndBinary() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let lfw = try LFWParts(directory: folder).dataset()
      let mask = try lfw.targets(at: [0, 1])
      #expect(mask.shape == [2, 224, 224, 1])
      // Two of three columns and half of the rows: ⌈224 · 2/3⌉ · 112 pixels by their nearest.
      let facePixels = mask.scalars.count { $0 == 1 }
      #expect(facePixels == 2 * 149 * 112)
      let soft = try LFWParts(directory: folder).dataset(maskResizing: .bilinear)[0].target.value
      #expect(Set(soft.scalars) == [0, 1])
    }
  }

  // MARK: Errors

  @Test(arguments: ["lfw-deepfunneled", "lfw"])
  func anotherAlignmentIsRefusedWithTheReason(name: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent("lfw_funneled"), to: folder.appendingPathComponent(name))
      let text = message { _ = try LFWParts(directory: folder) }
      #expect(text.contains("\(name): these photographs are aligned in another way"), "\(text)")
      #expect(text.contains("lfw-funneled.tgz"))
    }
  }

  @Test(arguments: ["lfw_funneled", "parts_lfw_funneled_gt_images", "parts_test.txt"])
  func eachPieceOfTheTreeIsMissed(piece: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.remove(piece)
      #expect(message { _ = try LFWParts(directory: folder) }.contains(piece))
    }
  }

  @Test(arguments: ["lfw_funneled/Cy/Cy_0003.jpg", "parts_lfw_funneled_gt_images/Cy_0003.ppm"])
  func aMissingFileIsNamed(file: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      try folder.remove(file)
      let text = message { _ = try LFWParts(directory: folder) }
      #expect(text.contains("\(file): this file is missing"), "\(text)")
    }
  }

  @Test(arguments: [
    ("Cy\n", "parts_train.txt line 1:"), ("Cy three\n", "“Cy three” is not a name"),
    ("Cy 3\nAnn_Lee 10000\n", "line 2:"), ("Cy\u{1b}[2J 3 x\n", "“Cy\\u{1B}[2J 3 x” is not a name"),
    ("Cy -3\n", "line 1:"),
    ("Cy 3\nCy 0003\n", "line 2: Cy_0003 is listed a second time"),
    ("Cy 3\nAnn_Lee 1\n", "parts_validation.txt line 1: Ann_Lee_0001 is listed a second time"),
  ])
  func damagedListsAreRefusedWithFileAndLine(training: String, piece: String) throws {
    try withTemporaryFolder { folder in
      try writeTree(
        folder, lists: ["train": training, "validation": "Ann_Lee 1\n", "test": "Bo_al-Din 12\n"])
      let text = message { _ = try LFWParts(directory: folder) }
      #expect(text.contains(piece), "\(text)")
    }
  }

  @Test func aLabelThatIsNoneAndOneOfAnotherSizeAreRefused() throws {
    try withTemporaryFolder { folder in
      try writeTree(folder)
      let lfw = try LFWParts(directory: folder).dataset()
      try folder.write(Picture.colours("RG"), to: "parts_lfw_funneled_gt_images/Cy_0003.ppm")
      #expect(message { _ = try lfw[0].picture.value }.contains("is 3×4 and its label is 2×1"))
      try folder.write("\u{0}\u{5}\u{16}\u{7}", to: "parts_lfw_funneled_gt_images/Cy_0003.ppm")
      #expect(message { _ = try lfw[0].target.value }.contains("Cy_0003.ppm: this is no label"))
    }
  }
}
