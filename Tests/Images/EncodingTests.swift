import Foundation
import GraftFiles
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct EncodingTests {
  @Test(arguments: [(1, 1, 1), (1, 1, 3), (37, 21, 1), (37, 21, 3), (1, 300, 3), (1_000_001, 1, 1)])
  func pngComesBackAsItWas(width: Int, height: Int, channels: Int) throws {
    let picture = try ResizingTests.random(width: width, height: height, channels: channels)
    let bytes = Bytes(try picture.encodedPNG(), file: URL(fileURLWithPath: "picture.png"))
    #expect(try Picture(decoding: bytes) == picture)
  }

  @Test func writtenFilesAreWhole() throws {
    let picture = try ResizingTests.random(width: 8, height: 9, channels: 3)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("new/picture.png")
      try picture.write(toPNG: file)
      #expect(try Picture(contentsOf: file) == picture)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("new").path).count
          == 1)
    }
  }

  @Test func unwritablePlacesAreAnErrorOfTheFile() throws {
    let picture = Picture(width: 1, height: 1, channels: 1, pixels: [0])
    #expect(throws: FileError.self) { try picture.write(toPNG: URL(fileURLWithPath: "/proc/picture.png")) }
  }
}
