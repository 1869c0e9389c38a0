import Foundation
import GraftFiles
import TestSupport
import Testing

struct FolderLockTests {
  @Test func aFolderIsTakenOnceAndFreeAgainWhenTheLockIsGone() throws {
    try withTemporaryFolder { folder in
      let new = folder.appendingPathComponent("made/for it")
      var first = try FolderLock(on: new)
      #expect(first != nil)
      #expect(try FolderLock(on: new) == nil)
      #expect(try FolderLock(on: folder) != nil)
      first = nil
      #expect(try FolderLock(on: new) != nil)
    }
  }

  /// As command lines name them.
  @Test func aFolderInTheCurrentOneIsMade() throws {
    let name = "graft-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: name) }
    #expect(try FolderLock(on: URL(fileURLWithPath: name)) != nil)
    #expect(FileManager.default.fileExists(atPath: name))
  }

  @Test func whatCannotBeAFolderIsAnErrorOfIt() throws {
    try withTemporaryFolder { folder in
      try folder.write("text", to: "file")
      #expect(throws: FileError.self) { try FolderLock(on: folder.appendingPathComponent("file")) }
      #expect(throws: FileError.self) { try FolderLock(on: URL(fileURLWithPath: "/proc/out")) }
    }
  }
}
