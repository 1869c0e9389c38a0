import Foundation
import GraftImages
import GraftModels

/// What somebody's own library may wrap: the shape of the features of a picture file, through one stage.
public func featureShape(of url: URL, through stage: String) throws -> [Int] {
  let encoder = try VGG.small()
  let picture = try Picture(contentsOf: url)
  let features = encoder.features(of: [picture], through: stage)
  return Array(features.shape)
}

/// Writes a grey ramp as PNG.
public func writeRamp(to url: URL) throws {
  let pixels = (0..<64 * 48).map { UInt8($0 % 64 * 4) }
  try Picture(width: 64, height: 48, channels: 1, pixels: pixels).write(toPNG: url)
}
