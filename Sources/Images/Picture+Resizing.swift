import CGraftKernels
import GraftTensor

extension Picture {
  /// The picture in another size. The aspect is not kept: both axes are stretched as asked.
  ///
  /// The arithmetic is Pillow's: rows first and then columns, weights in parts of 2^22, 8 bits between the two. Pillow 13
  /// sometimes takes columns first to save work, mostly where the height shrinks and the width grows; there a pixel may
  /// differ by one level.
  ///
  /// - Parameters:
  ///   - width: of the result, in pixels.
  ///   - height: of the result, in pixels.
  ///   - filter: by default bilinear, smooth when shrinking.
  public func resized(width: Int, height: Int, filter: ResizeFilter = .bilinear) -> Picture {
    require(width > 0 && height > 0, "A picture cannot have \(width)×\(height) pixels.")
    if width == self.width && height == self.height { return self }
    if filter == .nearest { return takingNearest(width: width, height: height) }
    return resampled(width: width, filter: filter).resampled(height: height, filter: filter)
  }

  private func resampled(width: Int, filter: ResizeFilter) -> Picture {
    if width == self.width { return self }
    let taps = ResizeTaps(from: self.width, to: width, filter: filter)
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) { result, count in
      let scratchCount = 16 * (self.width + width)
      unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: scratchCount) { scratch in
        unsafe taps.withTaps { taps in
          unsafe graft_resample_rows(
            Int64(height), Int32(channels), Int64(self.width), self.pixels, Int64(width), taps,
            scratch.baseAddress,
            result.baseAddress)
        }
      }
      count = width * height * channels
    }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  private func resampled(height: Int, filter: ResizeFilter) -> Picture {
    if height == self.height { return self }
    let taps = ResizeTaps(from: self.height, to: height, filter: filter)
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) { result, count in
      unsafe taps.withTaps { taps in
        unsafe graft_resample_columns(
          Int64(width * channels), self.pixels, Int64(height), taps, result.baseAddress)
      }
      count = width * height * channels
    }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  private func takingNearest(width: Int, height: Int) -> Picture {
    let columns = Self.nearest(from: self.width, to: width).map { $0 * channels }
    let rows = Self.nearest(from: self.height, to: height)
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) { result, count in
      unsafe self.pixels.withUnsafeBufferPointer { source in
        var next = 0
        for row in rows {
          let start = row * self.width * channels
          for column in columns {
            for channel in 0..<channels {
              unsafe result[next] = source[start + column + channel]
              next += 1
            }
          }
        }
        count = next
      }
    }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Which pixel of the original each pixel of the result is.
  private static func nearest(from source: Int, to target: Int) -> [Int] {
    let scale = Double(source) / Double(target)
    // Added up as Pillow does: where a centre falls between two pixels, as 25 of them do from 512 to 224, the rounding
    // errors decide, and multiplying has others.
    var place = 0.5 * scale
    return (0..<target).map { _ in
      defer { place += scale }
      return min(Int(place), source - 1)
    }
  }
}
