import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct ClassFoldersTests {
  @Test func foldersAreClassesInTheOrderOfTheirNames() throws {
    try withTemporaryFolder { folder in
      for path in ["dog/b.PNG", "dog/a.jpeg", "cat/tom.jpg", "Emu/1.ppm"] {
        try folder.write(Picture.colours("RG"), to: "pets/\(path)")
      }
      for path in ["cat/._tom.jpg", "cat/notes.txt", "__MACOSX/x.jpg", ".hidden/x.jpg", "list.csv"] {
        try folder.write("", to: "pets/\(path)")
      }
      let pets = try Dataset(classFolders: folder.appendingPathComponent("pets"))
      #expect(pets.name == "pets")
      #expect(pets.classNames == ["Emu", "cat", "dog"])
      #expect(
        pets.map(\.identifier) == ["Emu/1.ppm", "cat/tom.jpg", "dog/a.jpeg", "dog/b.PNG"])
      #expect(try pets.targets(at: 0..<4).scalars == [0, 1, 2, 2])
      #expect(try pets[3].picture.value == .colours("RG"))
    }
  }

  @Test func everyFileIsASampleWhateverItsName() throws {
    try withTemporaryFolder { folder in
      let names: [[UInt8]] = [
        Array("caf\u{e9}.jpg".utf8), Array("cafe\u{301}.jpg".utf8), [0x6d, 0xf1] + Array(".jpg".utf8),
        Array("m\\xF1.jpg".utf8), Array("line\nbreak .jpg".utf8),
        [UInt8](repeating: 0x78, count: 251) + Array(".jpg".utf8),
      ]
      let classes: [[UInt8]] = [Array("\u{e9}".utf8), Array("e\u{301}".utf8), [0xff]]
      for own in classes {
        for (number, name) in names.enumerated() {
          let picture = Picture.grey([UInt8(number)])
          try AtomicFile.write(
            picture.encodedNetpbm(), to: folder.appending(FileName(own)).appending(FileName(name)))
        }
      }
      let dataset = try Dataset(classFolders: folder)
      #expect(dataset.count == 18 && dataset.classNames.count == 3 && Set(dataset.classNames).count == 3)
      #expect(Set(dataset.map(\.identifier)).count == 18)
      let values = try (0..<18).map { try dataset[$0].picture.value.pixels[0] }
      #expect(values.sorted() == (0..<18).map { UInt8($0 / 3) })
      #expect(try Set(dataset.map { try $0.picture.digest }).count == 6)
      let parts = try dataset.split(.random(0.5, seed: 1))
      #expect(Set(parts.training.map(\.identifier)).union(parts.validation.map(\.identifier)).count == 18)
    }
  }

  @Test func tooFewClassesAndEmptyOnesAreRefused() throws {
    try withTemporaryFolder { folder in
      try folder.write(Picture.colours("RG"), to: "cat/tom.jpg")
      #expect(message { _ = try Dataset(classFolders: folder) }.contains("two at least, and there are 1"))
      try folder.write("", to: "dog/notes.txt")
      #expect(
        message { _ = try Dataset(classFolders: folder) }.contains("dog: this class has no pictures"))
      let nowhere = folder.appendingPathComponent("nowhere")
      #expect(message { _ = try Dataset(classFolders: nowhere) }.contains("cannot be listed"))
    }
  }
}
