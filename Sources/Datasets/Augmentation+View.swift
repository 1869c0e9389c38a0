import Foundation
import GraftImages
import GraftTensor

extension Augmentation {
  /// One random variant of a sample: how it is flipped, cropped, turned and coloured.
  public struct View: Sendable, Hashable {
    let isFlipped: Bool
    let side: Double
    let shift: SIMD2<Double>
    let angle, magnification: Double
    let brightness, contrast, saturation: Double

    /// The point of the picture that is seen at a point of the view; both as fractions of width and height, 0 to 1.
    func source(of point: SIMD2<Double>, aspect: Double) -> SIMD2<Double> {
      var offset = (point - 0.5) * side + shift
      if isFlipped { offset.x = -offset.x }
      // Turned in square units, which shears nothing.
      let (x, y) = (offset.x * aspect, offset.y)
      let (sine, cosine) = (sin(angle), cos(angle))
      let turned = SIMD2((cosine * x + sine * y) / aspect, cosine * y - sine * x)
      return turned / magnification + 0.5
    }
  }
}

// MARK: Pictures

extension Augmentation.View {
  /// The view of a picture, of the same size: bilinear between pixels; beyond the border, the pixels of the border are repeated.
  public func applied(to picture: Picture) -> Picture {
    let coloured = coloured(picture)
    return isPlain ? coloured : moved(coloured)
  }

  private var isPlain: Bool {
    !isFlipped && side == 1 && angle == 0 && magnification == 1
  }

  private func moved(_ picture: Picture) -> Picture {
    let (width, height, channels) = (picture.width, picture.height, picture.channels)
    let aspect = Double(width) / Double(height)
    var pixels = [UInt8](repeating: 0, count: picture.pixels.count)
    for row in 0..<height {
      for column in 0..<width {
        let point = SIMD2((Double(column) + 0.5) / Double(width), (Double(row) + 0.5) / Double(height))
        let source = source(of: point, aspect: aspect)
        let x = min(max(source.x * Double(width) - 0.5, 0), Double(width - 1))
        let y = min(max(source.y * Double(height) - 0.5, 0), Double(height - 1))
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
        let (fromLeft, fromTop) = (x - Double(left), y - Double(top))
        for channel in 0..<channels {
          func value(_ row: Int, _ column: Int) -> Double {
            Double(picture.pixels[(row * width + column) * channels + channel])
          }
          let above = value(top, left) * (1 - fromLeft) + value(top, right) * fromLeft
          let below = value(bottom, left) * (1 - fromLeft) + value(bottom, right) * fromLeft
          let mixed = above * (1 - fromTop) + below * fromTop
          pixels[(row * width + column) * channels + channel] = UInt8(mixed.rounded())
        }
      }
    }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  private func coloured(_ picture: Picture) -> Picture {
    guard brightness != 1 || contrast != 1 || saturation != 1 else { return picture }
    let (pixels, channels) = (picture.pixels, picture.channels)
    /// The luma of ITU-R BT.601, as in Pillow.
    func grey(_ start: Int) -> Double {
      guard channels == 3 else { return Double(pixels[start]) }
      return 0.299 * Double(pixels[start]) + 0.587 * Double(pixels[start + 1]) + 0.114
        * Double(pixels[start + 2])
    }
    let starts = stride(from: 0, to: pixels.count, by: channels)
    let mean = starts.reduce(0) { $0 + grey($1) } / Double(max(pixels.count / channels, 1)) * brightness
    var changed = pixels
    for start in starts {
      let own = grey(start) * brightness
      for index in start..<start + channels {
        let saturated = own + (Double(pixels[index]) * brightness - own) * saturation
        let value = mean + (saturated - mean) * contrast
        changed[index] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
    return Picture(width: picture.width, height: picture.height, channels: channels, pixels: changed)
  }
}

// MARK: Targets

extension Augmentation.View {
  /// The view of a target: a mask (H,W,1, uint8) is moved as its picture is, by the nearest pixel, with background beyond the
  /// border; a class number stays.
  public func applied(toTarget target: Tensor) -> Tensor {
    guard target.shape.rank == 3, !isPlain else { return target }
    require(
      target.scalarType == .uint8 && target.shape[2] == 1,
      "A mask has shape H×W×1 and type uint8, not \(target.shape) and \(target.scalarType).")
    let (height, width) = (target.shape[0], target.shape[1])
    let aspect = Double(width) / Double(height)
    let mask = unsafe target.withUnsafeBytes { unsafe Array($0) }
    var moved = [UInt8](repeating: 0, count: mask.count)
    for row in 0..<height {
      for column in 0..<width {
        let point = SIMD2((Double(column) + 0.5) / Double(width), (Double(row) + 0.5) / Double(height))
        let source = source(of: point, aspect: aspect)
        let (x, y) = (
          Int((source.x * Double(width)).rounded(.down)), Int((source.y * Double(height)).rounded(.down))
        )
        guard (0..<width).contains(x), (0..<height).contains(y) else { continue }
        moved[row * width + column] = mask[y * width + x]
      }
    }
    return unsafe Tensor(shape: target.shape, scalarType: .uint8) { bytes in
      unsafe bytes.copyBytes(from: moved)
    }
  }
}
