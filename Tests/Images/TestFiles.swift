import Foundation
import GraftImages
import GraftTensor
import GraftWeights
import TestSupport

/// A file of Tests/Golden/images.
func drawn(_ name: String) -> URL { Golden.folder.appendingPathComponent("images/\(name)") }

extension NPZFile {
  /// An array of bytes as a picture: H,W is grey, H,W,3 is RGB.
  func picture(named name: String) throws -> Picture {
    let array = try array(named: name)
    let shape = array.shape
    return Picture(
      width: shape[1], height: shape[0], channels: shape.rank == 2 ? 1 : 3, pixels: try array.bytes)
  }
}

extension Picture {
  /// A colour at a place, or a grey.
  subscript(x: Int, y: Int) -> [UInt8] {
    let start = (y * width + x) * channels
    return Array(pixels[start..<start + channels])
  }

  /// The largest difference between two pictures of the same size, and the mean one.
  func difference(from other: Picture) -> (largest: Int, mean: Double) {
    guard (width, height, channels) == (other.width, other.height, other.channels) else { return (256, 256) }
    let differences = zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }
    return (differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(differences.count))
  }
}

/// The error that `body` throws; nil if it throws none.
func pictureError(_ body: () throws -> Void) -> PictureError? {
  do {
    try body()
    return nil
  } catch {
    return error as? PictureError
  }
}
