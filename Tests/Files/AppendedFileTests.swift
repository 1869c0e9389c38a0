import Foundation
import GraftFiles
import TestSupport
import Testing

struct AppendedFileTests {
  @Test func whatIsAppendedFollowsWhatIsKept() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("new/log")
      let first = try AppendedFile(at: file, keeping: 0)
      try first.append(Array("whole, half".utf8))
      let second = try AppendedFile(at: file, keeping: 5)
      try second.append(Array("!".utf8))
      try second.append([])
      #expect(try String(contentsOf: file, encoding: .utf8) == "whole!")
    }
  }

  @Test func unwritablePlacesAreAnErrorOfTheFile() throws {
    #expect(throws: FileError.self) { try AppendedFile(at: URL(fileURLWithPath: "/proc/log"), keeping: 0) }
  }

  /// The system's device that is always full takes nothing.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full"))
  func aFullDiskIsSaid() throws {
    #expect(throws: FileError.self) {
      try AppendedFile(at: URL(fileURLWithPath: "/dev/full"), keeping: 0).append([1])
    }
  }
}
