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

  @Test(arguments: [1, 3]) func netpbmComesBackAsItWas(channels: Int) throws {
    let picture = try ResizingTests.random(width: 37, height: 21, channels: channels)
    let bytes = Bytes(picture.encodedNetpbm(), file: URL(fileURLWithPath: "picture.pnm"))
    #expect(try Picture(decoding: bytes) == picture)
  }

  @Test(arguments: [1, 3]) func jpegComesBackAsPreciselyAsItsQualitySays(channels: Int) throws {
    let smooth = (0..<64 * 48 * channels).map { index in
      let (x, y) = (index / channels % 64, index / channels / 64)
      return UInt8(10 + x * (1 + index % channels) + y)
    }
    let picture = Picture(width: 64, height: 48, channels: channels, pixels: smooth)
    let sizes = try [20, 92, 100].map { quality in
      let bytes = try picture.encodedJPEG(quality: quality)
      let read = try Picture(decoding: Bytes(bytes, file: URL(fileURLWithPath: "picture.jpg")))
      #expect(read.width == 64 && read.height == 48 && read.channels == channels)
      let worst = zip(read.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
      #expect(worst <= [20: 40, 92: 8, 100: 3][quality] ?? 0, "quality \(quality): \(worst)")
      return bytes.count
    }
    #expect(sizes == sizes.sorted())
  }

  @Test func aPictureTooLargeForJPEGIsAnError() {
    let picture = Picture(width: 65_501, height: 1, channels: 1, pixels: Array(repeating: 0, count: 65_501))
    #expect(throws: PictureError.self) { try picture.encodedJPEG() }
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
