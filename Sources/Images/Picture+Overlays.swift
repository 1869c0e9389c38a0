import GraftTensor

extension Picture {
  /// A colour to draw with.
  public struct Color: Sendable, Hashable, Codable {
    /// 0 to 255.
    public let red, green, blue: UInt8

    /// Creates a colour.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
      self.red = red
      self.green = green
      self.blue = blue
    }

    /// Pure red.
    public static let red = Color(red: 255, green: 0, blue: 0)
    /// Pure green.
    public static let green = Color(red: 0, green: 255, blue: 0)
    /// Pure blue.
    public static let blue = Color(red: 0, green: 0, blue: 255)
  }

  /// The picture in RGB with a colour laid over it where a mask is not 0.
  ///
  /// - Parameters:
  ///   - mask: grey, of the picture's size.
  ///   - color: what is laid over.
  ///   - opacity: 0 (nothing to see) to 1 (nothing else to see).
  public func overlaid(with mask: Picture, color: Color, opacity: Double = 0.5) -> Picture {
    requireMask(mask)
    return painted(opacity: opacity) { mask.pixels[$0] == 0 ? nil : color }
  }

  /// The picture in RGB with the mistakes of a segmentation laid over it: false positives green, false negatives red,
  /// as in figure 5.7 of the paper on gender-tuned encoders.
  ///
  /// - Parameters:
  ///   - prediction: grey, of the picture's size; foreground where it is not 0.
  ///   - truth: likewise.
  ///   - opacity: 0 (nothing to see) to 1 (nothing else to see).
  ///   - isStriped: whether false positives have diagonal stripes of the photograph in them, so that they can be told
  ///     from false negatives without seeing colours.
  public func overlaid(
    withErrorsOf prediction: Picture, against truth: Picture, opacity: Double = 0.5, isStriped: Bool = false
  ) -> Picture {
    requireMask(prediction)
    requireMask(truth)
    // About thirty stripes across the picture are seen at any size.
    let period = max(4, min(width, height) / 30)
    return painted(opacity: opacity) { index in
      switch (prediction.pixels[index] != 0, truth.pixels[index] != 0) {
      case (true, false):
        isStriped && (index % width + index / width) % period < period / 2 ? nil : .green
      case (false, true): .red
      default: nil
      }
    }
  }

  func requireMask(_ mask: Picture) {
    require(
      mask.width == width && mask.height == height && mask.channels == 1,
      "A mask for \(width)×\(height) pixels is grey and of that size, not \(mask.width)×\(mask.height)×\(mask.channels)."
    )
  }

  func painted(opacity: Double, _ color: (Int) -> Color?) -> Picture {
    require((0...1).contains(opacity), "An opacity lies within 0 and 1: \(opacity).")
    var pixels = rgb.pixels
    func blend(_ value: UInt8, at index: Int) {
      pixels[index] = UInt8(((1 - opacity) * Double(pixels[index]) + opacity * Double(value)).rounded())
    }
    for index in 0..<width * height {
      guard let color = color(index) else { continue }
      blend(color.red, at: 3 * index)
      blend(color.green, at: 3 * index + 1)
      blend(color.blue, at: 3 * index + 2)
    }
    return Picture(width: width, height: height, channels: 3, pixels: pixels)
  }
}
