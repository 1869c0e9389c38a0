import Foundation
import GraftFiles
import TestSupport
import Testing

@Suite struct FileNameTests {
  /// Names that are legal, and that text has no place for or takes for each other.
  private static let names: [[UInt8]] = [
    Array("two words ".utf8), Array("100%25 #1?.jpg".utf8), Array("a%20b.jpg".utf8), Array("-dash".utf8),
    Array("tab\tline\nbreak.jpg".utf8), Array("quote'\"\\.jpg".utf8), Array("caf\u{e9}.jpg".utf8),
    Array("cafe\u{301}.jpg".utf8), Array("\u{1F600}.jpg".utf8), Array("a:b;c&d=e.jpg".utf8),
    [0x6d, 0x61, 0xf1, 0x61, 0x6e, 0x61], [0xff], [0xed, 0xa0, 0x80], [0xc0, 0xaf], Array("\u{EFF1}".utf8),
    [UInt8](repeating: 0x78, count: 255), Array(String(repeating: "\u{e9}", count: 127).utf8) + [0x78],
  ]

  @Test func everyNameIsWrittenListedAndReadAgain() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data %F1")
      for name in Self.names { try AtomicFile.write(name, to: data.appending(FileName(name))) }
      let found = try FileSystem.names(in: data)
      #expect(found == Self.names.map { FileName($0) }.sorted())
      for name in found {
        #expect(data.appending(name).fileName == name)
        #expect(try Bytes(contentsOf: data.appending(name)).array == name.bytes)
      }
    }
  }

  @Test(arguments: names) func anArgumentKeepsEveryByte(name: [UInt8]) {
    let text = FileText.lossless(name)
    #expect(FileText.bytes(of: text) == name)
    #expect(URL(path: name).pathBytes.suffix(name.count + 1) == [0x2f] + name)
    #expect(URL(path: [0x2f] + name).pathBytes == [0x2f] + name)
  }

  @Test func noTwoNamesHaveOneIdentifier() {
    let identifiers = Self.names.map { FileName($0).identifier }
    #expect(Set(identifiers).count == Self.names.count)
    #expect(FileName("caf\u{e9}.jpg").identifier == "caf\u{e9}.jpg")
    #expect(FileName("cafe\u{301}.jpg").identifier == "cafe\\xCC\\x81.jpg")
    #expect(FileName([0x6d, 0xf1]).identifier == "m\\xF1")
    #expect(FileName("m\\xF1").identifier == "m\\\\xF1")
  }

  @Test func pathsOfAnyFormAreTheSystems() throws {
    #expect(URL(path: Array("a/../b".utf8)).pathBytes.suffix(7) == Array("/a/../b".utf8))
    #expect(URL(path: Array("/tmp//x/".utf8)).pathBytes == Array("/tmp//x".utf8))
    #expect(URL(path: Array("/".utf8)).pathBytes == Array("/".utf8))
    #expect(URL(fileURLWithPath: "/a b/c%d").pathBytes == Array("/a b/c%d".utf8))
    #expect(URL(fileURLWithPath: "/a/b", isDirectory: true).pathBytes == Array("/a/b".utf8))
    let nested = URL(path: Array("pictures".utf8)).appendingPathComponent("a/b").appending(FileName([0xf1]))
    #expect(nested.shownRelativePath == "pictures/a/b/\\xF1")
    #expect(URL(path: [0x61, 0x0a]).shownRelativePath == "a\\n")
    // A name with a zero in it must not stand for what comes before the zero.
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: folder.appending(FileName("a")))
      #expect(FileSystem.kind(of: folder.appending(FileName([0x61, 0, 0x62]))) == nil)
    }
  }

  /// What lies in a folder does not change what a name in it means.
  @Test func aFolderBesideAFileIsNotInItsPath() throws {
    try withTemporaryFolder { folder in
      for name in ["x", "picture"] {
        try FileManager.default.createDirectory(
          at: folder.appendingPathComponent(name), withIntermediateDirectories: false)
      }
      for name in ["x", "picture", "other"] {
        #expect(folder.appending(FileName(name)).pathBytes == folder.pathBytes + Array("/\(name)".utf8))
      }
    }
  }

  @Test func endingsAndStems() {
    #expect(FileName("a.b.JPG").ending == "jpg" && FileName("a.b.JPG").stem == FileName("a.b"))
    #expect(FileName(".hidden").ending == "" && FileName(".hidden").isHidden)
    #expect(FileName("caf\u{e9}").prefix(4) == FileName("caf"))
  }

  @Test func linksAreTheFileThatTheyLeadTo() throws {
    try withTemporaryFolder { folder in
      let (file, soft, hard) = (
        folder.appending(FileName("file")), folder.appending(FileName("soft")),
        folder.appending(FileName("hard"))
      )
      try AtomicFile.write("x", to: file)
      try FileManager.default.createSymbolicLink(at: soft, withDestinationURL: file)
      try FileManager.default.linkItem(at: file, to: hard)
      #expect(FileSystem.identity(of: soft) == FileSystem.identity(of: file))
      #expect(FileSystem.identity(of: hard) == FileSystem.identity(of: file))
      #expect(FileSystem.realPath(of: soft) == FileSystem.realPath(of: file))
      try AtomicFile.write("x", to: folder.appending(FileName("other")))
      #expect(
        FileSystem.identity(of: folder.appending(FileName("other"))) != FileSystem.identity(of: file))
    }
  }

  @Test func whatAKilledProcessLeftIsNotInTheWay() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(FileName("file"))
      let left = folder.appending(FileName(".file.\(getpid())-0.partial"))
      try "left".write(to: left, atomically: false, encoding: .utf8)
      try AtomicFile.write("new", to: file)
      #expect(try Bytes(contentsOf: file).text == "new" && Bytes(contentsOf: left).text == "left")
    }
  }
}
