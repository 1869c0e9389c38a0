import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct ListTests {
  private func write(_ list: String, pictures: [String], in folder: URL) throws -> URL {
    for path in pictures { try folder.write(Picture.colours("RG"), to: path) }
    try folder.write(list, to: "pets.csv")
    return folder.appendingPathComponent("pets.csv")
  }

  @Test(arguments: [",", ";", "\t"]) func columnsAreFoundByTheirNames(separator: String) throws {
    try withTemporaryFolder { folder in
      let lines = [
        ["age", "file", "kind", "who", "part"], ["3", "\"a/to,;m.jpg\"", "cat", "7", "train"],
        ["", "laika.png", "dog", "", "TEST"], ["12", "a/rex.png", "dog", "8", ""],
      ]
      let text = lines.map { $0.joined(separator: separator) }.joined(separator: "\r\n")
      let list = try write(text, pictures: ["a/to,;m.jpg", "laika.png", "a/rex.png"], in: folder)
      let pets = try Dataset(
        list: list, columns: .init(path: "file", label: "kind", person: "who", partition: "part"))
      #expect(pets.name == "pets" && pets.classNames == ["cat", "dog"])
      #expect(pets.map(\.identifier) == ["a/to,;m.jpg", "laika.png", "a/rex.png"])
      #expect(pets.map(\.target.label) == [0, 1, 1] && pets.map(\.person) == ["7", nil, "8"])
      #expect(pets.map(\.partition) == [.training, .test, nil])
      #expect(pets.map(\.attributes) == [["age": "3"], ["age": ""], ["age": "12"]])
      #expect(try pets[0].picture.value == .colours("RG"))
    }
  }

  @Test func pathsBeginWhereTheyAreSaidToAndClassesAreNumberedAsTheyAreNamed() throws {
    try withTemporaryFolder { folder in
      let elsewhere = folder.appendingPathComponent("elsewhere")
      try elsewhere.write(Picture.colours("G"), to: "x.png")
      let absolute = elsewhere.appendingPathComponent("x.png").path
      try folder.write("path,label\nx.png,b\n\(absolute),a\n", to: "list.csv")
      let list = folder.appendingPathComponent("list.csv")
      let dataset = try Dataset(list: list, directory: elsewhere, classNames: ["b", "a"], name: "mine")
      #expect(dataset.name == "mine" && dataset.map(\.target.label) == [0, 1])
      #expect(try dataset[1].picture.value == .colours("G"))
      let missing = message { _ = try Dataset(list: list) }
      #expect(missing.contains("x.png: this file is missing"), "\(missing)")
    }
  }

  @Test(arguments: [
    ("path,class\nx.png,a\n", "line 1: there is no column “label” among path, class"),
    ("path,label\nx.png\n", "line 2: it has 1 fields, and the first line names 2 columns"),
    ("path,label\nx.png,\n", "line 2: its label is empty"),
    ("path,label\nx.png,a\n\nx.png,b\n", "line 4: x.png is listed in line 2, too"),
    ("path,label\nx.png,a\n", "only the class a"), ("path,label\n", "it lists no pictures"),
  ])
  func mistakesAreNamedWithTheirLine(text: String, piece: String) throws {
    try withTemporaryFolder { folder in
      let list = try write(text, pictures: ["x.png"], in: folder)
      let found = message { _ = try Dataset(list: list) }
      #expect(found.contains(piece), "\(found)")
    }
  }

  @Test func classesAndPartitionsThatThereAreNotAreNamed() throws {
    try withTemporaryFolder { folder in
      let list = try write("path,label,part\nx.png,a,dev\n", pictures: ["x.png"], in: folder)
      let partition = message { _ = try Dataset(list: list, columns: .init(partition: "part")) }
      #expect(partition.contains("line 2: “dev” is no partition"), "\(partition)")
      let label = message { _ = try Dataset(list: list, classNames: ["b", "c"]) }
      #expect(label.contains("line 2: “a” is none of the classes b, c"), "\(label)")
    }
  }
}

struct MaskPairsTests {
  private let size = Mask.Size(width: 4, height: 1)

  private func folders(_ folder: URL) -> (images: URL, masks: URL) {
    (folder.appendingPathComponent("photos"), folder.appendingPathComponent("masks"))
  }

  private func write(_ mask: [UInt8], in folder: URL) throws {
    try folder.write(Picture.colours("RGBK"), to: "photos/7.JPG")
    try Picture.grey(mask).write(toPNG: folder.appendingPathComponent("masks/7.png"))
  }

  @Test(arguments: [[0, 0, 1, 1], [0, 31, 224, 255]] as [[UInt8]])
  func binaryMasksHave1Or255(mask: [UInt8]) throws {
    try withTemporaryFolder { folder in
      try write(mask, in: folder)
      let (images, masks) = folders(folder)
      let faces = try Dataset(images: images, masks: masks, maskSize: size)
      #expect(faces.name == "photos" && faces.classNames == ["background", "foreground"])
      #expect(faces.targets.logitCount == 1 && faces.map(\.identifier) == ["7"])
      let (picture, target) = try faces[0].decoded()
      #expect(picture == .colours("RGBK") && target.shape == [1, 4, 1] && target.scalarType == .uint8)
      #expect(target.scalars == [0, 0, 1, 1])
      #expect(try faces[0].target.value.scalars == target.scalars)
      #expect(try Dataset(images: images, masks: masks)[0].target.value.shape == [224, 224, 1])
    }
  }

  /// Palettes number their colours as many data sets number classes; grey of 2 bits holds the numbers themselves.
  @Test func numbersAreThoseThatTheFileStores() throws {
    try withTemporaryFolder { folder in
      try write([0, 2, 255, 1], in: folder)
      let (images, masks) = folders(folder)
      func scalars() throws -> [Float] {
        try Dataset(
          images: images, masks: masks, classNames: ["a", "b", "c"], encoding: .numbers, maskSize: size)[0]
          .target.value.scalars
      }
      #expect(try scalars() == [0, 2, 255, 1])
      let file = masks.appendingPathComponent("7.png")
      try Data(pngBytes([[0], [2], [1], [1]], colour: 3, palette: [9, 200, 100])).write(to: file)
      #expect(try scalars() == [0, 2, 1, 1])
      try Data(pngBytes([[0b00_10_01_11]], colour: 0, depth: 2, width: 4)).write(to: file)
      #expect(try scalars() == [0, 2, 1, 3])
      try Data(pngBytes([[0, 0], [0, 2], [0, 1], [0, 1]], colour: 0, depth: 16)).write(to: file)
      #expect(message { _ = try scalars() }.contains("numbers have 16 bits"))
    }
  }

  @Test func coloursStandForClasses() throws {
    try withTemporaryFolder { folder in
      try write([0, 0, 0, 0], in: folder)
      let (images, masks) = folders(folder)
      try Picture.colours("RBBR").write(toPNG: masks.appendingPathComponent("7.png"))
      func dataset(_ colours: [Dataset.MaskEncoding.Colour]) throws -> Dataset {
        try Dataset(
          images: images, masks: masks, classNames: ["sky", "sea"], encoding: .colours(colours),
          maskSize: size)
      }
      #expect(
        try dataset([.init(0, 0, 255), .init(255, 0, 0)])[0].target.value.scalars == [1, 0, 0, 1])
      let text = message { _ = try dataset([.init(0, 0, 255), .init(0, 255, 0)])[0].target.value }
      #expect(text.contains("its pixel 0, 0 has the colour 255, 0, 0, which is no class"), "\(text)")
      let grey = message { _ = try Dataset(images: images, masks: masks, maskSize: size)[0].target.value }
      #expect(grey.contains("this mask has colours"), "\(grey)")
    }
  }

  @Test func whatHasNoPartnerIsNamed() throws {
    try withTemporaryFolder { folder in
      try write([0, 0, 0, 0], in: folder)
      let (images, masks) = folders(folder)
      try folder.write(Picture.colours("RGBK"), to: "photos/8.png")
      let unmasked = message { _ = try Dataset(images: images, masks: masks) }
      #expect(unmasked.contains("1 of the 2 pictures have no mask here, such as 8"), "\(unmasked)")
      try folder.remove("photos/8.png")
      try folder.write(Picture.colours("RGBK"), to: "masks/9.png")
      let unused = message { _ = try Dataset(images: images, masks: masks) }
      #expect(unused.contains("1 of the 2 masks have no picture here, such as 9"), "\(unused)")
      try folder.remove("masks/9.png")
      try folder.write(Picture.colours("RGBK"), to: "masks/7.ppm")
      let twice = message { _ = try Dataset(images: images, masks: masks) }
      #expect(twice.contains("7.png and 7.ppm have one name"), "\(twice)")
      try folder.remove("masks/7.ppm")
      let suffix = message { _ = try Dataset(images: images, masks: masks, maskSuffix: "_mask") }
      #expect(suffix.contains("no mask here, such as 7"), "\(suffix)")
    }
  }

  @Test func aMaskOfAnotherSizeThanItsPictureIsNamed() throws {
    try withTemporaryFolder { folder in
      try write([0, 0, 1], in: folder)
      let (images, masks) = folders(folder)
      let faces = try Dataset(images: images, masks: masks)
      let text = message { _ = try faces.batch(at: [0], preprocessing: Preprocessing(width: 4, height: 4)) }
      #expect(text.contains("7.png: this mask is 3×1, and its picture is 4×1"), "\(text)")
    }
  }

  @Test func anIgnoredNumberIsNotResizedAway() throws {
    try withTemporaryFolder { folder in
      try write([0, 2, 255, 1], in: folder)
      let (images, masks) = folders(folder)
      let soft = try Dataset(
        images: images, masks: masks, classNames: ["a", "b", "c"], encoding: .numbers, maskSize: size,
        maskResizing: .bilinear)
      #expect(
        message { _ = try soft[0].target.value }.contains("it has the number 255, and there are 3 classes"))
    }
  }
}

struct DecodingOnceTests {
  /// Removing a file after a first look tells how often it is read.
  @Test func whatPictureAndTargetShareIsReadOnce() throws {
    let counts = Counter()
    let sample = Sample(
      identifier: "one",
      picture: Content {
        counts.add()
        return Picture(width: 1, height: 1, channels: 3, pixels: [1, 2, 3])
      }, target: .mask(Content { Tensor(zeros: [1, 1, 1]).converted(to: .uint8) })
    ) {
      (
        Picture(width: 1, height: 1, channels: 3, pixels: [4, 5, 6]),
        Tensor(zeros: [1, 1, 1]).converted(to: .uint8)
      )
    }
    let dataset = Dataset(name: "one", targets: .masks(["a", "b"]), samples: [sample])
    let batch = try dataset.batch(at: [0], preprocessing: Preprocessing(width: 1, height: 1, style: .caffe))
    #expect(batch.inputs.shape == [1, 1, 1, 3] && counts.value == 0)
    // Views of a sample share it, too.
    #expect(
      try dataset.fixedViews(1, by: Augmentation(), seed: 1)[0].decoded().picture.pixels == [4, 5, 6])
    #expect(try dataset[0].picture.value.pixels == [1, 2, 3] && counts.value == 1)
  }
}

private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  func add() { lock.withLock { count += 1 } }
  var value: Int { lock.withLock { count } }
}
