import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor
import TestSupport
import Testing

/// CelebA's tables as other programs write them again, and its files under other names.
@Suite struct CelebATableTests {
  private let rows: [(name: String, values: [Int], part: Int)] = [
    ("000001.jpg", [-1, 1, 1], 0), ("000002.jpg", [-1, -1, 1], 0), ("000003.jpg", [1, 1, -1], 1),
    ("000004.jpg", [-1, -1, -1], 2),
  ]
  private let header = ["Bald", "Male", "Smiling"]

  private func expectTheFourPictures(_ folder: URL, _ form: String) throws {
    let celebA = try CelebA(directory: folder)
    #expect(celebA.attributeNames == header, "\(form)")
    #expect(celebA.fileNames == rows.map(\.name), "\(form)")
    #expect(celebA.partition == [.training, .training, .validation, .test], "\(form)")
    #expect(try celebA.gender.targets(at: 0..<4).scalars == [1, 0, 1, 0], "\(form)")
    #expect(try celebA.attribute("Smiling").targets(at: 0..<4).scalars == [1, 1, 0, 0], "\(form)")
  }

  private func write(_ folder: URL, _ form: String) throws -> Bool {
    var (separator, corner, quote, ending) = (",", ["image_id"], "", "\n")
    var number: (Int) -> String = { "\($0)" }
    var leading: (Int) -> [String] = { _ in [] }
    var trailing: [String] = []
    var partitionHeader = ["image_id", "partition"]
    switch form {
    case "row numbers": (corner, leading) = (["", "image_id"], { ["\($0)"] })
    case "row numbers twice": (corner, leading) = (["", "Unnamed: 0", "image_id"], { ["\($0)", "\($0)"] })
    case "named row numbers": (corner, leading) = (["index", "image_id"], { ["\($0)"] })
    case "row numbers without a title": leading = { ["\($0 + 1)"] }
    case "names as index": corner = [""]
    case "quotes": quote = "\""
    case "floats": number = { "\($0).0" }
    case "decimal commas": (separator, number) = (";", { "\($0),0" })
    case "tabs": separator = "\t"
    case "semicolons and quotes": (separator, quote) = (";", "\"")
    case "an empty column at the end": trailing = [""]
    case "carriage returns": ending = "\r"
    case "signs": number = { $0 > 0 ? "+\($0)" : "\($0)" }
    case "UTF-16", "UTF-16, big first": break
    default: return false
    }
    func line(_ fields: [String]) -> String {
      fields.map { quote + $0 + quote }.joined(separator: separator) + ending
    }
    func table(_ title: [String], _ values: (Int) -> [String]) -> String {
      line(corner + title + trailing)
        + rows.enumerated().map { index, row in
          line(leading(index) + [row.name] + values(index) + trailing)
        }.joined()
    }
    let attributes = table(header) { rows[$0].values.map(number) }
    partitionHeader = ["partition"]
    let partition = table(partitionHeader) { [number(rows[$0].part)] }
    for (name, text) in [("list_attr_celeba.csv", attributes), ("list_eval_partition.csv", partition)] {
      let isWide = form.hasPrefix("UTF-16")
      let isBigEndian = form.hasSuffix("first")
      let bytes =
        isWide
        ? ("\u{feff}" + text).utf16.flatMap { unit -> [UInt8] in
          let pair = [UInt8(unit & 255), UInt8(unit >> 8)]
          return isBigEndian ? pair.reversed() : pair
        } : Array(text.utf8)
      try AtomicFile.write(bytes, to: folder.appendingPathComponent(name))
    }
    return true
  }

  @Test(arguments: [
    "row numbers", "row numbers twice", "named row numbers", "row numbers without a title", "names as index",
    "quotes", "floats", "decimal commas", "tabs", "semicolons and quotes", "carriage returns", "signs",
    "UTF-16",
    "UTF-16, big first",
  ])
  func tablesThatWereWrittenAgainAreRead(form: String) throws {
    try withTemporaryFolder { folder in
      for row in rows { try folder.write(.colours("RG"), to: "img_align_celeba/\(row.name)") }
      #expect(try write(folder, form))
      try expectTheFourPictures(folder, form)
    }
  }

  @Test func anEmptyColumnAtTheEndOfTheAttributesIsPassedOver() throws {
    try withTemporaryFolder { folder in
      try folder.write(.colours("RG"), to: "img_align_celeba/1.jpg")
      try folder.write("image_id,Bald,Male,\n1.jpg,-1,1,\n", to: "list_attr_celeba.csv")
      #expect(try CelebA(directory: folder).attributeNames == ["Bald", "Male"])
    }
  }

  @Test(arguments: [
    ("image_id,Bald,Male\n1.jpg,-1,0\n", "line 2: “0” for Male is neither 1 nor -1"),
    ("image_id,Bald,Male\n1.jpg,-1,\n", "line 2: “” for Male is neither"),
    ("image_id,Bald,Male\n1.jpg,-1,1,1\n", "line 2: 3 values where the header names 2"),
    ("image_id,Bald,Male\n1.jpg,1.5,1\n", "line 2: “1.5” for Bald"),
    ("image_id,Bald,Male\n1.jpg,1,1\n2.jpg,1\n", "line 3: 1 values where the header names 2"),
  ])
  func whatCannotBeReadIsBlamedByFileAndLine(content: String, piece: String) throws {
    try withTemporaryFolder { folder in
      for name in ["1", "2"] { try folder.write(.colours("RG"), to: "img_align_celeba/\(name).jpg") }
      try folder.write(content, to: "list_attr_celeba.csv")
      let text = message { _ = try CelebA(directory: folder) }
      #expect(text.contains("list_attr_celeba.csv") && text.contains(piece), "\(text)")
    }
  }

  @Test(
    arguments: [
      ([0x1f, 0x8b, 8, 0], "a gzip file"), ([0x50, 0x4b, 3, 4], "a zip file"),
      ([0xff, 0xfe, 0, 0xd8, 1], "UTF-16"),
    ] as [([UInt8], String)])
  func whatIsNoTextIsCalledByItsName(content: [UInt8], name: String) throws {
    try withTemporaryFolder { folder in
      try folder.write(.colours("RG"), to: "img_align_celeba/1.jpg")
      try AtomicFile.write(content, to: folder.appendingPathComponent("list_attr_celeba.txt"))
      let text = message { _ = try CelebA(directory: folder) }
      #expect(text.contains("list_attr_celeba.txt") && text.contains(name), "\(text)")
    }
  }

  @Test(arguments: ["img_align_celeba_png", "img_align_celeba_png/img_align_celeba_png", "img_align_celeba"])
  func thePNGReleaseIsReadUnderTheNamesOfTheLists(path: String) throws {
    try withTemporaryFolder { folder in
      for row in rows {
        try Picture.colours("RG").write(
          toPNG: folder.appendingPathComponent("\(path)/\(row.name.replacing(".jpg", with: ".png"))"))
      }
      #expect(try write(folder, "quotes"))
      try expectTheFourPictures(folder, path)
      let gender = try CelebA(directory: folder).gender
      #expect(try gender[3].picture.value == .colours("RG") && !gender[0].picture.digest.isEmpty)
    }
  }

  /// Two names that a `Set<String>` takes for one, and one that is not UTF-8.
  @Test func namesAreComparedByTheirBytes() throws {
    try withTemporaryFolder { folder in
      let names: [[UInt8]] = [
        Array("caf\u{e9}.jpg".utf8), Array("cafe\u{301}.jpg".utf8), [0x6d, 0xf1] + Array(".jpg".utf8),
      ]
      let pictures = folder.appendingPathComponent("img_align_celeba")
      for name in names {
        try AtomicFile.write(Picture.colours("RG").encodedNetpbm(), to: pictures.appending(FileName(name)))
      }
      try AtomicFile.write(
        Array("3\nMale\n".utf8) + names.flatMap { $0 + Array(" 1\n".utf8) },
        to: folder.appendingPathComponent("list_attr_celeba.txt"))
      let gender = try CelebA(directory: folder).gender
      #expect(gender.count == 3 && Set(gender.map(\.identifier)).count == 3)
      for index in 0..<3 { #expect(try gender[index].picture.value == .colours("RG")) }
      try FileManager.default.removeItem(atPath: pictures.path + "/cafe\u{301}.jpg")
      #expect(message { _ = try CelebA(directory: folder) }.contains("this file is missing"))
    }
  }
}
