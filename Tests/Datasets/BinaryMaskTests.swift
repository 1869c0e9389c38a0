import Foundation
import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

/// Which grey values make a mask of two classes.
struct BinaryMaskTests {
  private func mask(_ levels: [UInt8]) throws -> [Float] {
    try withTemporaryFolder { folder in
      func write(_ pixels: [UInt8], _ place: String) throws {
        try Picture(width: 10, height: 10, channels: 1, pixels: pixels)
          .write(toPNG: folder.appendingPathComponent("\(place)/a.png"))
      }
      try write([UInt8](repeating: 9, count: 100), "images")
      try write((0..<100).map { levels[$0 % levels.count] }, "masks")
      let pairs = try Dataset(
        images: folder.appendingPathComponent("images"), masks: folder.appendingPathComponent("masks"),
        maskSize: .init(width: 10, height: 10))
      return Array(try pairs[0].target.value.scalars.prefix(levels.count))
    }
  }

  @Test func zeroAndOneOr255AreMasks() throws {
    #expect(try mask([0, 1]) == [0, 1] && mask([0, 255]) == [0, 1])
    #expect(try mask([0]) == [0] && mask([255]) == [1] && mask([1]) == [1])
    // Saved as JPEG, and a smoothed border.
    #expect(try mask([3, 250, 0, 255]) == [0, 1, 0, 1])
    for (grey, wanted) in [(UInt8(127), Float(0)), (128, 1)] {
      let levels: [UInt8] = [0, 0, 0, 0, grey, 255, 255, 255, 255, 255]
      #expect(try mask(levels) == [0, 0, 0, 0, wanted, 1, 1, 1, 1, 1])
    }
  }

  @Test(arguments: [[0, 7], [3], [128], [0, 128], [0, 128, 255], [0, 1, 2]] as [[UInt8]])
  func otherGreysAreRefused(_ levels: [UInt8]) throws {
    let error = #expect(throws: DatasetError.self) { try mask(levels) }
    #expect(
      error?.description.contains("grey values up to \(levels.max() ?? 0), and 0 and 1, or 0 and 255") == true
    )
  }
}
