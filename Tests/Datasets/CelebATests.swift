import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct CelebATests {
  private let text = """
    4
    Bald Male Smiling\u{20}
    000001.jpg -1  1  1
    000002.jpg -1 -1  1
    000003.jpg  1  1 -1
    000004.jpg -1 -1 -1

    """
  private let csv = """
    image_id,Bald,Male,Smiling
    000001.jpg,-1,1,1
    000002.jpg,-1,-1,1
    000003.jpg,1,1,-1
    000004.jpg,-1,-1,-1

    """
  private let partition = "000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 2\n"
  private let identities = "000001.jpg 2880\n000002.jpg 7\n000003.jpg 7\n000004.jpg 11\n"

  private func writePictures(_ folder: URL, _ path: String) throws {
    for number in 1...4 { try folder.write(.colours("RG"), to: "\(path)/00000\(number).jpg") }
  }

  private func expectTheFourPictures(_ folder: URL, identities: [Int]?) throws {
    let celebA = try CelebA(directory: folder)
    #expect(celebA.attributeNames == ["Bald", "Male", "Smiling"])
    #expect(celebA.fileNames == ["000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg"])
    #expect(celebA.partition == [.training, .training, .validation, .test])
    #expect(celebA.identities == identities)
    let gender = try celebA.gender
    #expect(gender.name == "celeba-male")
    #expect(gender.classNames == ["female", "male"])
    #expect(try gender.targets(at: 0..<4).scalars == [1, 0, 1, 0])
    #expect(try gender.targets(at: 0..<4).scalarType == .int32)
    #expect(try celebA.attribute("Smiling").targets(at: 0..<4).scalars == [1, 1, 0, 0])
    #expect(try gender[2].picture.value == .colours("RG"))
  }

  @Test func originalReleaseIsRead() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "Img/img_align_celeba")
      try folder.write(text, to: "Anno/list_attr_celeba.txt")
      try folder.write(partition, to: "Eval/list_eval_partition.txt")
      try folder.write(identities, to: "Anno/identity_CelebA.txt")
      try expectTheFourPictures(folder, identities: [2880, 7, 7, 11])
    }
  }

  @Test func torchvisionTreeIsReadFromAboveAndFromInside() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "celeba/img_align_celeba")
      try folder.write("", to: "celeba/img_align_celeba/._000001.jpg")
      try folder.write(text, to: "celeba/list_attr_celeba.txt")
      try folder.write(partition, to: "celeba/list_eval_partition.txt")
      try expectTheFourPictures(folder, identities: nil)
      try expectTheFourPictures(folder.appendingPathComponent("celeba"), identities: nil)
    }
  }

  @Test(arguments: [",", ";", " ; "])
  func kaggleTreeIsReadWithAnySeparator(separator: String) throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba/img_align_celeba")
      try folder.write(
        csv.replacingOccurrences(of: ",", with: separator), to: "list_attr_celeba.csv")
      let lines = "image_id,partition\n" + partition.replacingOccurrences(of: " ", with: ",")
      try folder.write(lines.replacingOccurrences(of: ",", with: separator), to: "list_eval_partition.csv")
      try expectTheFourPictures(folder, identities: nil)
    }
  }

  @Test func windowsLineEndsByteOrderMarksAndBlankLinesDoNotMatter() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba")
      func disguise(_ text: String) -> String {
        "\u{feff}" + text.replacingOccurrences(of: "\n", with: "\r\n") + "\r\n \r\n"
      }
      try folder.write(disguise(text), to: "list_attr_celeba.txt")
      try folder.write(disguise(partition), to: "list_eval_partition.txt")
      try folder.write(disguise(identities), to: "identity_CelebA.txt")
      try expectTheFourPictures(folder, identities: [2880, 7, 7, 11])
    }
  }

  @Test func partitionAndIdentitiesMayBeAbsentAndMayListMore() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba")
      try folder.write(text, to: "list_attr_celeba.txt")
      let gender = try CelebA(directory: folder).gender
      #expect(gender[0].partition == nil)
      #expect(gender[0].person == nil)
      #expect(message { _ = try gender.part(.training) }.contains("official training partition"))
      try folder.write("000009.jpg 2\n" + partition, to: "list_eval_partition.txt")
      #expect(try CelebA(directory: folder).gender.part(.training).count == 2)
    }
  }

  // MARK: Errors

  /// What the attribute file holds, and the pieces that the message must have.
  @Test(arguments: [
    (
      "4\nBald Male Smiling\n000001.jpg -1 1 1\n000002.jpg -1 1\n",
      [
        "list_attr_celeba.txt line 4: 2 values where the header names 3 attributes.",
        "The file may be cut off: its first line promises 4 rows, 1 were read.",
      ]
    ),
    ("4\nBald Male\n000001.jpg -1 1\n", ["promises 4 rows, and it has 1"]),
    ("1\nBald Male\n000001.jpg -1 0\n", ["line 3: “0” for Male is neither 1 nor -1"]),
    ("2\nBald Male\n000001.jpg -1 1\n000001.jpg -1 1\n", ["line 4: 000001.jpg is listed a second time"]),
    ("1\n000001.jpg -1 1\n", ["line 2:", "attributes' names"]),
    ("Bald Male\n000001.jpg -1 1\n", ["line 1:", "or the number of pictures before"]),
    ("000001.jpg,-1,1\n", ["line 1:", "attributes' names"]),
    ("<html><body>Not found</body></html>\n", ["line 1:", "<html>"]),
    ("image_id,Bald,Male\n000001.jpg,-1\n", ["line 2: 1 values", "0 rows were read before this one"]),
    ("0\nBald Male\n", ["lists no pictures"]),
    ("", ["this list is empty"]),
  ])
  func damagedAttributesAreRefusedWithFileAndLine(content: String, pieces: [String]) throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba")
      try folder.write(content, to: "list_attr_celeba.txt")
      let text = message { _ = try CelebA(directory: folder) }
      for piece in pieces { #expect(text.contains(piece), "\(text)") }
    }
  }

  @Test(arguments: [
    ("000001.jpg 0\n000002.jpg\n", "line 2:"), ("000001.jpg 0\n", "000002.jpg is missing here"),
    ("000001.jpg 3\n000002.jpg 0\n000003.jpg 0\n000004.jpg 0\n", "line 1: 3 is no part of CelebA"),
    ("000001.jpg zero\n", "line 1:"),
  ])
  func damagedPartitionsAreRefused(content: String, piece: String) throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba")
      try folder.write(text, to: "list_attr_celeba.txt")
      try folder.write(content, to: "list_eval_partition.txt")
      let text = message { _ = try CelebA(directory: folder) }
      #expect(text.contains("list_eval_partition.txt"))
      #expect(text.contains(piece), "\(text)")
    }
  }

  @Test func missingPicturesAreNamed() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba")
      try folder.write(text, to: "list_attr_celeba.txt")
      try folder.remove("img_align_celeba/000002.jpg")
      try folder.remove("img_align_celeba/000004.jpg")
      let text = message { _ = try CelebA(directory: folder) }
      #expect(
        text.contains(
          "img_align_celeba/000002.jpg: this file is missing, though the lists name it, and 1 more with it"),
        "\(text)")
    }
  }

  @Test func aFolderOfSomethingElseIsToldWhatShouldBeThere() throws {
    try withTemporaryFolder { folder in
      #expect(message { _ = try CelebA(directory: folder) }.contains("list_attr_celeba.txt"))
      let nowhere = folder.appendingPathComponent("nowhere")
      #expect(message { _ = try CelebA(directory: nowhere) }.contains("nowhere: there is no such folder"))
      try folder.write("zip", to: "celeba.zip")
      let archive = folder.appendingPathComponent("celeba.zip")
      #expect(message { _ = try CelebA(directory: archive) }.contains("Unpack an archive first"))
    }
  }

  @Test func aFolderOfAnotherDataSetIsRecognized() throws {
    try withTemporaryFolder { folder in
      try folder.write("1,a\n", to: "exemplars.txt")
      #expect(message { _ = try CelebA(directory: folder) }.contains("looks like that of HELEN"))
      #expect(message { _ = try LFWParts(directory: folder).dataset() }.contains("looks like that of HELEN"))
      try folder.remove("exemplars.txt")
      try folder.write("1\n", to: "list_attr_celeba.txt")
      #expect(message { _ = try HELEN(directory: folder).dataset() }.contains("looks like that of CelebA"))
    }
  }

  @Test func anUnknownAttributeIsAnsweredWithThoseThereAre() throws {
    try withTemporaryFolder { folder in
      try writePictures(folder, "img_align_celeba")
      try folder.write(
        "4\nBald Smiling\n" + (1...4).map { "00000\($0).jpg -1 1\n" }.joined(), to: "list_attr_celeba.txt")
      #expect(message { _ = try CelebA(directory: folder).gender }.contains("There are: Bald, Smiling."))
    }
  }

  // MARK: The pool of the paper

  @Test func trainingPoolIsDrawnBySeedFromTheTrainingPartInListOrder() throws {
    try withTemporaryFolder { folder in
      let names = (1...60).map { "\($0 + 100_000).jpg" }
      for name in names { try folder.write("", to: "img_align_celeba/\(name)") }
      let rows = names.enumerated().map { "\($1) \($0 % 3 == 0 ? 1 : -1)\n" }.joined()
      try folder.write("60\nMale\n\(rows)", to: "list_attr_celeba.txt")
      let parts = names.enumerated().map { "\($1) \($0 < 45 ? 0 : $0 < 55 ? 1 : 2)\n" }.joined()
      try folder.write(parts, to: "list_eval_partition.txt")
      let gender = try CelebA(directory: folder).gender

      func pool(_ selection: Dataset.Selection, _ limit: Int, seed: UInt64) throws -> [String] {
        let pool = try gender.trainingPool(limit: limit, selection: selection, seed: seed)
        return pool.map(\.identifier)
      }
      let drawn = try pool(.random, 20, seed: 7)
      #expect(drawn.count == 20 && drawn == drawn.sorted())
      #expect(drawn.allSatisfy(Set(names.prefix(45)).contains))
      #expect(try pool(.random, 20, seed: 7) == drawn)
      #expect(try pool(.random, 20, seed: 8) != drawn)
      #expect(try pool(.random, 12_000, seed: 7) == Array(names.prefix(45)))
      #expect(try pool(.first, 5, seed: 7) == Array(names.prefix(5)))

      let withTest = try gender.trainingPool(limit: 20, testLimit: 4, seed: 7)
      let set = try Split(of: withTest, rule: .random(0.1, seed: 7), test: .official)
      #expect(set.training.count == 18 && set.validation.count == 2 && set.test.count == 4)
      #expect(set.test.allSatisfy(Set(names.suffix(5)).contains))
      #expect(Set(set.training + set.validation) == Set(drawn))

      let balanced = try gender.trainingPool(limit: 20, selection: .balanced, seed: 7)
      #expect(balanced.count == 20)
      #expect(try balanced.targets(at: 0..<20).scalars.reduce(0, +) == 10)

      let official = try gender.officialPool(limit: 20, validationFraction: 0.2, seed: 7)
      #expect(official.count == 20)
      let split = try Split(of: official, rule: .official)
      #expect(split.training.count == 16 && split.validation.count == 4)
      #expect(split.validation.allSatisfy(Set(names[45..<55]).contains))
      let first = try gender.officialPool(limit: 10, selection: .first, seed: 7)
      #expect(first.map(\.identifier) == Array(names.prefix(9)) + [names[45]])
    }
  }
}
