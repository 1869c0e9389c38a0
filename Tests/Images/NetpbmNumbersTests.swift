import Foundation
import GraftFiles
import GraftImages
import TestSupport
import Testing

/// Masks that hold the number of a class at each pixel are read as they are, whatever maximum their header names.
struct NetpbmNumbersTests {
  private func pixels(_ text: String, _ reading: Picture.Reading = .numbers) throws -> [UInt8] {
    let bytes = Bytes(Array(text.utf8), file: URL(fileURLWithPath: "mask.pgm"))
    return try Picture(decoding: bytes, reading: reading).pixels
  }

  @Test func numbersAreNotScaled() throws {
    #expect(try pixels("P2 4 1 3\n0 1 2 3\n") == [0, 1, 2, 3])
    #expect(try pixels("P5 2 1 7\n\u{1}\u{7}") == [1, 7])
    #expect(try pixels("P1 3 1\n010") == [0, 1, 0])
    // A photograph is.
    #expect(try pixels("P2 4 1 3\n0 1 2 3\n", .upright) == [0, 85, 170, 255])
  }

  @Test func moreThanAByteIsRefused() throws {
    let error = #expect(throws: PictureError.self) { try pixels("P2 1 1 300\n256\n") }
    #expect(error?.description.contains("its samples go up to 300") == true)
    #expect(throws: PictureError.self) { try pixels("P2 1 1 3\n4\n") }
  }
}
