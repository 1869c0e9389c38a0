import Foundation
import GraftFiles
import TestSupport
import Testing

struct AtomicFileTests {
  @Test func theOldFileStaysUntilTheNewOneIsComplete() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("new/folders/file.txt")
      try AtomicFile.write("old", to: file)
      let writer = try AtomicFile(at: file)
      try writer.write("new and ")
      #expect(try String(contentsOf: file, encoding: .utf8) == "old")
      try writer.write("longer".utf8)
      try writer.commit()
      #expect(try String(contentsOf: file, encoding: .utf8) == "new and longer")
      #expect(try names(beside: file) == ["file.txt"])
    }
  }

  @Test func whatIsNotCommittedLeavesNoTrace() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file.txt")
      try AtomicFile.write("old", to: file)
      do {
        let writer = try AtomicFile(at: file)
        try writer.write("half")
        #expect(try names(beside: file).count == 2)
      }
      #expect(try names(beside: file) == ["file.txt"])
      #expect(try String(contentsOf: file, encoding: .utf8) == "old")
    }
  }

  @Test func aFileInThePlaceOfAFolderIsAnError() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try AtomicFile.write([1, 2, 3], to: file)
      #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
      #expect(throws: FileError.self) { try AtomicFile.write("x", to: file.appendingPathComponent("below")) }
    }
  }

  private func names(beside file: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path).sorted()
  }
}
