import Foundation
import GraftFiles
import GraftImages
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Small files whose headers promise a lot: they are refused before memory is taken, whatever the caller allows.
@Suite struct PromisesTests {
  /// 2^25 × 2^25 pixels.
  private static var files: [[UInt8]] {
    let side = "33554432"
    let rows = pngChunk("IHDR", [2, 0, 0, 0, 2, 0, 0, 0, 8, 2, 0, 0, 0])
    let pixels = pngChunk("IDAT", [0x78, 0x9C, 0x63, 0, 0, 0, 1, 0, 1]) + pngChunk("IEND", [])
    return ["P1", "P2", "P3", "P4", "P5", "P6"].map { kind in
      Array("\(kind) \(side) \(side)\(["P1", "P4"].contains(kind) ? "" : " 255") 1 2 3 ".utf8)
    } + [[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + rows + pixels]
  }

  /// Within what this process may take, a reserved petabyte ends it.
  @Test(.exits) func headersThatPromiseAPetabyteTakeNoMemory() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
      setrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit)
      for file in Self.files {
        for pixelLimit in [Picture.defaultPixelLimit, .max] {
          guard let error = pictureError({ _ = try decoded(file, pixelLimit: pixelLimit) }) else { exit(1) }
          let isRight =
            pixelLimit == .max
            ? error.kind == .damaged && error.reason.contains("promises") : error.kind == .tooLarge
          if !isRight { exit(2) }
        }
      }
      exit(0)
    }
  }

  /// Under the limit of pixels, but more than their bytes can hold: nearly 600 MB of RGB.
  @Test func aSmallFileDoesNotTakeTheMemoryOfALargePicture() throws {
    let png =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + pngChunk("IHDR", [0, 0, 0x30, 0, 0, 0, 0x30, 0, 8, 2, 0, 0, 0])
      + pngChunk("IDAT", [0x78, 0x9C, 0x63])
      + pngChunk("IEND", [])
    #expect(pictureError { _ = try decoded(png) }?.reason.contains("cannot hold") == true)
    var jpeg = try JPEGPieces("progressive.jpg")
    let frame = try #require(jpeg.segment(0xC2))
    jpeg.header[frame].replaceSubrange(5..<9, with: [0x30, 0, 0x30, 0])
    #expect(pictureError { _ = try decoded(jpeg.bytes) }?.reason.contains("cannot hold") == true)
    // One colour all over, which takes as little room as can be.
    let plain = Picture(
      width: 2000, height: 1500, channels: 3, pixels: [UInt8](repeating: 77, count: 9_000_000))
    #expect(try decoded(plain.encodedPNG()) == plain)
    #expect(try decoded(plain.encodedJPEG()).width == 2000)
  }
}
