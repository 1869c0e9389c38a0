import GraftTensor

/// A decoded picture: upright, 8 bits a channel, grey or RGB.
public struct Picture: Sendable, Equatable {
  /// In pixels.
  public let width, height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// Row by row from the top, pixel by pixel from the left, channel by channel: height · width · channels bytes.
  public let pixels: [UInt8]

  /// Creates a picture from its pixels.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    require(channels == 1 || channels == 3, "A picture has 1 or 3 channels, not \(channels).")
    require(
      width > 0 && height > 0 && pixels.count == width * height * channels,
      "A picture of \(width)×\(height)×\(channels) has \(width * height * channels) bytes, not \(pixels.count)."
    )
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The picture with three channels: grey is repeated in each.
  public var rgb: Picture {
    guard channels == 1 else { return self }
    let colours = unsafe [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { buffer, count in
      for (index, grey) in pixels.enumerated() {
        unsafe buffer[3 * index] = grey
        unsafe buffer[3 * index + 1] = grey
        unsafe buffer[3 * index + 2] = grey
      }
      count = 3 * pixels.count
    }
    return Picture(width: width, height: height, channels: 3, pixels: colours)
  }
}

extension Picture: CustomStringConvertible {
  /// The size: pixels would fill pages.
  public var description: String { "Picture \(width)×\(height)×\(channels)" }
}
