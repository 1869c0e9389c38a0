import Foundation
import GraftFiles
import GraftImages
import TestSupport
import Testing

/// A picture after the first ones needs no memory that is new to the process.
@Suite(.exits) struct SteadyMemoryTests {
  // In a process of its own: other tests free large blocks, after which the allocator keeps more by itself.
  @Test func decodingAndResizingReuseTheirMemory() async {
    await #expect(processExitsWith: .success) {
      let pixels = (0..<178 * 218 * 3).map { UInt8($0 * 7 % 251) }
      let picture = Picture(width: 178, height: 218, channels: 3, pixels: pixels)
      let bytes = Bytes(try picture.encodedJPEG(), file: URL(fileURLWithPath: "a.jpg"))
      // RUSAGE_SELF, which has a type of its own on Linux.
      let itself: Int32 = 0
      func decode(times: Int) throws -> Int {
        var (before, after) = (rusage(), rusage())
        getrusage(itself, &before)
        for _ in 0..<times { _ = try Picture(decoding: bytes).resized(width: 224, height: 224) }
        getrusage(itself, &after)
        return (after.ru_minflt - before.ru_minflt) / times
      }
      _ = try decode(times: 5)
      // Without, some seventy pages are taken for each picture.
      let pages = try decode(times: 50)
      if pages > 10 { fatalError("\(pages) pages for each picture") }
    }
  }
}
