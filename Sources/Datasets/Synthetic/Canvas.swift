import GraftImages
import GraftTensor

/// A picture in the making, painted shape over shape, with the part of a face that each pixel shows.
///
/// Shapes are given by their signed distance in units of a frame: negative inside. Edges are blended by how much of a pixel
/// they cover; a pixel becomes a shape's part where at least half of it is covered.
struct Canvas {
  /// Where the coordinates of a drawing lie in the picture.
  struct Frame {
    /// The origin, in pixels.
    var centre: SIMD2<Float>
    /// Pixels of one unit.
    var scale: Float
    /// The direction of the x axis, of length 1; y is a quarter turn from it, downwards.
    var axis = SIMD2<Float>(1, 0)

    func pixel(_ x: Float, _ y: Float) -> SIMD2<Float> {
      centre + scale * SIMD2(axis.x * x - axis.y * y, axis.y * x + axis.x * y)
    }
  }

  /// A rectangle in units of the frame.
  struct Box {
    let x, y: ClosedRange<Float>

    static func around(_ centre: SIMD2<Float>, _ radii: SIMD2<Float>) -> Box {
      Box(x: (centre.x - radii.x)...(centre.x + radii.x), y: (centre.y - radii.y)...(centre.y + radii.y))
    }
  }

  let width, height: Int
  var frame: Frame
  private var colours: [SIMD3<Float>]
  private(set) var parts: [SyntheticFaces.Part]

  /// An empty canvas; `colour` is called with pixel coordinates from 0 to 1.
  init(width: Int, height: Int, frame: Frame, colour: (_ x: Float, _ y: Float) -> SIMD3<Float>) {
    self.width = width
    self.height = height
    self.frame = frame
    parts = Array(repeating: .background, count: width * height)
    colours = []
    colours.reserveCapacity(width * height)
    for row in 0..<height {
      for column in 0..<width {
        colours.append(colour((Float(column) + 0.5) / Float(width), (Float(row) + 0.5) / Float(height)))
      }
    }
  }

  /// Paints a shape.
  ///
  /// - Parameters:
  ///   - box: no part of the shape is outside.
  ///   - part: what its pixels become; nil to leave them what they are.
  ///   - opacity: of the colour; parts do not heed it.
  ///   - softness: how wide the edge is beyond that of a pixel, in units of the frame.
  ///   - distance: negative inside, growing by about 1 for each unit.
  ///   - colour: 0 to 1 for each channel.
  mutating func paint(
    _ box: Box, part: SyntheticFaces.Part? = nil, opacity: Float = 1, softness: Float = 0,
    distance: (_ x: Float, _ y: Float) -> Float, colour: (_ x: Float, _ y: Float) -> SIMD3<Float>
  ) {
    let corners = [
      frame.pixel(box.x.lowerBound, box.y.lowerBound), frame.pixel(box.x.upperBound, box.y.lowerBound),
      frame.pixel(box.x.lowerBound, box.y.upperBound), frame.pixel(box.x.upperBound, box.y.upperBound),
    ]
    let low = corners.dropFirst().reduce(corners[0]) { pointwiseMin($0, $1) } - frame.scale * softness - 1
    let high = corners.dropFirst().reduce(corners[0]) { pointwiseMax($0, $1) } + frame.scale * softness + 1
    let columns = Self.pixels(low.x, high.x, width)
    let rows = Self.pixels(low.y, high.y, height)
    let step = frame.axis / frame.scale
    let sharpness = 1 / (1 / frame.scale + softness)
    for row in rows {
      for column in columns {
        let offset = SIMD2(Float(column) + 0.5, Float(row) + 0.5) - frame.centre
        let x = step.x * offset.x + step.y * offset.y
        let y = step.x * offset.y - step.y * offset.x
        let coverage = 0.5 - distance(x, y) * sharpness
        guard coverage > 0 else { continue }
        let pixel = row * width + column
        if let part, coverage >= 0.5 { parts[pixel] = part }
        let share = min(coverage, 1) * opacity
        colours[pixel] += share * (colour(x, y) - colours[pixel])
      }
    }
  }

  /// The picture after a change of every pixel, from 0 to 1, by its coordinates from 0 to 1.
  func picture(
    developedBy change: (_ colour: SIMD3<Float>, _ x: Float, _ y: Float) -> SIMD3<Float>
  ) -> Picture {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * colours.count)
    for row in 0..<height {
      for column in 0..<width {
        let colour = change(
          colours[row * width + column], (Float(column) + 0.5) / Float(width),
          (Float(row) + 0.5) / Float(height))
        for channel in 0..<3 { pixels.append(UInt8(max(0, min(255, 255 * colour[channel] + 0.5)))) }
      }
    }
    return Picture(width: width, height: height, channels: 3, pixels: pixels)
  }

  private static func pixels(_ low: Float, _ high: Float, _ count: Int) -> Range<Int> {
    let first = Int(max(0, min(low, Float(count))))
    return first..<max(first, Int(max(0, min(high + 1, Float(count)))))
  }
}

/// The signed distances of simple shapes, exact or to first order.
enum Shape2D {
  /// To first order, as for all shapes that are given by an equation: value over length of gradient.
  static func ellipse(_ x: Float, _ y: Float, _ radii: SIMD2<Float>) -> Float {
    let scaled = SIMD2(x, y) / radii
    let length = (scaled * scaled).sum().squareRoot()
    let gradient = scaled / radii
    let slope = (gradient * gradient).sum().squareRoot()
    return slope > 0 ? length * (length - 1) / slope : -min(radii.x, radii.y)
  }

  static func circle(_ x: Float, _ y: Float, _ radius: Float) -> Float {
    (x * x + y * y).squareRoot() - radius
  }

  static func box(_ x: Float, _ y: Float, _ half: SIMD2<Float>) -> Float {
    max(abs(x) - half.x, abs(y) - half.y)
  }

  /// From a point to a line between two others.
  static func segment(_ x: Float, _ y: Float, from start: SIMD2<Float>, to end: SIMD2<Float>) -> Float {
    let (point, line) = (SIMD2(x, y) - start, end - start)
    let share = max(0, min(1, (point * line).sum() / max((line * line).sum(), .leastNormalMagnitude)))
    let offset = point - share * line
    return (offset * offset).sum().squareRoot()
  }
}
