import Foundation
import GraftFiles
import TestSupport
import Testing

struct BytesTests {
  private let bytes = Bytes([1, 2, 3, 4, 5, 6, 7, 8, 9], file: URL(filePath: "numbers.bin"))

  @Test func slicesLieInsideOrAreRefused() throws {
    #expect(bytes.slice(from: 2, count: 3)?.array == [3, 4, 5])
    #expect(bytes.slice(from: 9, count: 0)?.array == [])
    #expect(bytes.slice(from: 8, count: 2) == nil)
    #expect(bytes.slice(from: -1, count: 2) == nil)
    #expect(bytes.slice(from: 1, count: -1) == nil)
    #expect(bytes.slice(from: .max, count: 1) == nil)
    #expect(bytes.slice(from: 1, count: .max) == nil)
    let inner = try #require(bytes.slice(from: 2, count: 3))
    #expect(inner.slice(from: 1, count: 2)?.array == [4, 5])
    #expect(inner.slice(from: 1, count: 3) == nil, "a slice must not reach beyond itself into its owner")
  }

  @Test func integersAreReadAtAnyAddressAndOnlyInside() {
    #expect(bytes.littleEndian(UInt16.self, at: 1) == 0x0302)
    #expect(bytes.littleEndian(UInt64.self, at: 1) == 0x0908_0706_0504_0302)
    #expect(bytes.littleEndian(UInt64.self, at: 2) == nil)
    #expect(bytes.littleEndian(UInt8.self, at: -1) == nil)
    #expect(bytes.littleEndian(UInt8.self, at: .max) == nil)
    #expect(bytes[8] == 9)
    #expect(bytes[9] == nil)
    #expect(bytes[-1] == nil)
  }

  @Test func releasedPagesAreReadAgain() throws {
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("content.bin")
      try Data(content).write(to: file)
      let mapped = try Bytes(contentsOf: file)
      let part = try #require(mapped.slice(from: 1000, count: 90_000))
      for bytes in [mapped, part] {
        bytes.releasePages()
        #expect(mapped.array == content && part.array == Array(content[1000..<91_000]))
      }
    }
    let held = Bytes(content, file: URL(filePath: "nowhere"))
    held.releasePages()
    #expect(held.array == content)
  }

  @Test func textIsCheckedToBeUTF8() {
    let file = URL(filePath: "text")
    #expect(Bytes(Array("Grün".utf8), file: file).text == "Grün")
    #expect(Bytes([0xff, 0xfe], file: file).text == nil)
    #expect(Bytes([], file: file).text == "")
    #expect(bytes.starts(with: [1, 2]))
    #expect(!bytes.starts(with: [UInt8](repeating: 1, count: 10)))
  }

  @Test func aMappingOutlivesItsFilesName() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try Data([7, 8, 9]).write(to: file)
      let slice = try #require(try Bytes(contentsOf: file).slice(from: 1, count: 2))
      try FileManager.default.removeItem(at: file)
      #expect(slice.array == [8, 9])
    }
  }

  @Test func missingFilesAndFoldersAreErrorsThatNameThem() throws {
    try withTemporaryFolder { folder in
      let empty = folder.appendingPathComponent("empty")
      try Data().write(to: empty)
      #expect(try Bytes(contentsOf: empty).count == 0)
      let missing = folder.appendingPathComponent("missing.bin")
      let first = #expect(throws: FileError.self) { try Bytes(contentsOf: missing) }
      #expect(first?.description.contains("missing.bin") == true)
      let second = #expect(throws: FileError.self) { try Bytes(contentsOf: folder) }
      #expect(second?.description.contains("folder") == true)
    }
  }
}
