import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct LabelledFolderTests {
  @Test func foldersAreClassesInTheOrderOfTheirNames() throws {
    try withTemporaryFolder { folder in
      for path in ["dog/b.PNG", "dog/a.jpeg", "cat/tom.jpg", "Emu/1.ppm"] {
        try folder.write(Picture.colours("RG"), to: "pets/\(path)")
      }
      for path in ["cat/._tom.jpg", "cat/notes.txt", "__MACOSX/x.jpg", ".hidden/x.jpg", "list.csv"] {
        try folder.write("", to: "pets/\(path)")
      }
      let pets = try LabelledFolder(directory: folder.appendingPathComponent("pets"))
      #expect(pets.name == "pets")
      #expect(pets.classNames == ["Emu", "cat", "dog"])
      #expect(
        (0..<pets.count).map(pets.identifier) == ["Emu/1.ppm", "cat/tom.jpg", "dog/a.jpeg", "dog/b.PNG"])
      #expect(try pets.targets(at: 0..<4).scalars == [0, 1, 2, 2])
      #expect(try pets.picture(at: 3) == .colours("RG"))
    }
  }

  @Test func tooFewClassesAndEmptyOnesAreRefused() throws {
    try withTemporaryFolder { folder in
      try folder.write(Picture.colours("RG"), to: "cat/tom.jpg")
      #expect(message { _ = try LabelledFolder(directory: folder) }.contains("two at least, and there are 1"))
      try folder.write("", to: "dog/notes.txt")
      #expect(
        message { _ = try LabelledFolder(directory: folder) }.contains("dog: this class has no pictures"))
      let nowhere = folder.appendingPathComponent("nowhere")
      #expect(message { _ = try LabelledFolder(directory: nowhere) }.contains("cannot be listed"))
    }
  }
}
