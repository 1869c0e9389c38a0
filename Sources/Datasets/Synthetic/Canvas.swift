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
    var centre: Point
    /// Pixels of one unit.
    var scale: Float
    /// The direction of the x axis, of length 1; y is a quarter turn from it, downwards.
    var axis = Point(1, 0)

    func pixel(_ x: Float, _ y: Float) -> Point {
      centre + scale * Point(axis.x * x - axis.y * y, axis.y * x + axis.x * y)
    }
  }

  /// A rectangle in units of the frame.
  struct Box {
    let x, y: ClosedRange<Float>

    static func around(_ centre: Point, _ radii: Point) -> Box {
      Box(x: (centre.x - radii.x)...(centre.x + radii.x), y: (centre.y - radii.y)...(centre.y + radii.y))
    }
  }

  private struct Pixel {
    var colour: Colour
    var part = SyntheticFaces.Part.background
  }

  let width, height: Int
  var frame: Frame
  private var pixels: [Pixel]

  /// An empty canvas; `colour` is called with pixel coordinates from 0 to 1.
  init(width: Int, height: Int, frame: Frame, colour: (_ x: Float, _ y: Float) -> Colour) {
    self.width = width
    self.height = height
    self.frame = frame
    let count = width * height
    pixels = unsafe Array(unsafeUninitializedCapacity: count) { buffer, filled in
      guard var next = buffer.baseAddress else { return }
      Self.forEachPixel(width, height) { x, y in
        unsafe next.initialize(to: Pixel(colour: colour(x, y)))
        unsafe next += 1
      }
      filled = count
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
    distance: (_ x: Float, _ y: Float) -> Float, colour: (_ x: Float, _ y: Float) -> Colour
  ) {
    let (columns, rows) = reach(of: box, softness: softness)
    let step = frame.axis / frame.scale
    let sharpness = 1 / (1 / frame.scale + softness)
    let (centre, width) = (frame.centre, width)
    unsafe pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      // Not `for row in rows`: its iterator is generic, too.
      var row = rows.lowerBound
      while row < rows.upperBound {
        let down = Float(row) + 0.5 - centre.y
        var column = columns.lowerBound
        while column < columns.upperBound {
          let across = Float(column) + 0.5 - centre.x
          let (x, y) = (step.x * across + step.y * down, step.x * down - step.y * across)
          let coverage = 0.5 - distance(x, y) * sharpness
          if coverage > 0 {
            let pixel = unsafe pixels + (row * width + column)
            if let part, coverage >= 0.5 { unsafe pixel.pointee.part = part }
            let below = unsafe pixel.pointee.colour
            unsafe pixel.pointee.colour = below + min(coverage, 1) * opacity * (colour(x, y) - below)
          }
          column += 1
        }
        row += 1
      }
    }
  }

  /// The picture after a change of every pixel, from 0 to 1, by its coordinates from 0 to 1.
  func picture(developedBy change: (_ colour: Colour, _ x: Float, _ y: Float) -> Colour) -> Picture {
    unsafe picture(channels: 3) { pixel, x, y, bytes in
      let colour = change(pixel.colour, x, y)
      unsafe bytes[0] = Self.byte(colour.red)
      unsafe bytes[1] = Self.byte(colour.green)
      unsafe bytes[2] = Self.byte(colour.blue)
    }
  }

  /// A grey picture that has a value for each part.
  func labels(_ value: (SyntheticFaces.Part) -> UInt8) -> Picture {
    unsafe picture(channels: 1) { pixel, _, _, bytes in unsafe bytes[0] = value(pixel.part) }
  }

  /// What each pixel shows, row by row.
  var parts: [SyntheticFaces.Part] { pixels.map(\.part) }

  // MARK: Pixels

  /// Coordinates are those of a pixel's centre, from 0 to 1, row by row.
  private static func forEachPixel(_ width: Int, _ height: Int, _ body: (_ x: Float, _ y: Float) -> Void) {
    var row = 0
    while row < height {
      let y = (Float(row) + 0.5) / Float(height)
      var column = 0
      while column < width {
        body((Float(column) + 0.5) / Float(width), y)
        column += 1
      }
      row += 1
    }
  }

  private func picture(
    channels: Int,
    writing write: (_ pixel: Pixel, _ x: Float, _ y: Float, _ bytes: UnsafeMutablePointer<UInt8>) -> Void
  ) -> Picture {
    let count = channels * width * height
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe pixels.withUnsafeBufferPointer { pixels in
        guard var pixel = pixels.baseAddress, var bytes = buffer.baseAddress else { return }
        Self.forEachPixel(width, height) { x, y in
          unsafe write(pixel.pointee, x, y, bytes)
          unsafe pixel += 1
          unsafe bytes += channels
        }
      }
      filled = count
    }
    return Picture(width: width, height: height, channels: channels, pixels: bytes)
  }

  private static func byte(_ level: Float) -> UInt8 { UInt8(max(0, min(255, 255 * level + 0.5))) }

  /// The columns and rows that a shape in a box may touch.
  private func reach(of box: Box, softness: Float) -> (columns: Range<Int>, rows: Range<Int>) {
    let corner = frame.pixel(box.x.lowerBound, box.y.lowerBound)
    var (low, high) = (corner, corner)
    for (x, y) in [
      (box.x.upperBound, box.y.lowerBound), (box.x.lowerBound, box.y.upperBound),
      (box.x.upperBound, box.y.upperBound),
    ] {
      let corner = frame.pixel(x, y)
      (low, high) = (low.lower(corner), high.upper(corner))
    }
    let margin = frame.scale * softness
    return (
      Self.pixels(low.x - margin - 1, high.x + margin + 1, width),
      Self.pixels(low.y - margin - 1, high.y + margin + 1, height)
    )
  }

  private static func pixels(_ low: Float, _ high: Float, _ count: Int) -> Range<Int> {
    let first = Int(max(0, min(low, Float(count))))
    return first..<Swift.max(first, Int(max(0, min(high + 1, Float(count)))))
  }
}

/// The signed distances of simple shapes, exact or to first order.
enum Shape2D {
  /// To first order, as for all shapes that are given by an equation: value over length of gradient.
  static func ellipse(_ x: Float, _ y: Float, _ radii: Point) -> Float {
    let scaled = Point(x / radii.x, y / radii.y)
    let (length, slope) = (scaled.length, (scaled / radii).length)
    return slope > 0 ? length * (length - 1) / slope : -min(radii.x, radii.y)
  }

  static func circle(_ x: Float, _ y: Float, _ radius: Float) -> Float { Point(x, y).length - radius }

  static func box(_ x: Float, _ y: Float, _ half: Point) -> Float { max(abs(x) - half.x, abs(y) - half.y) }

  /// From a point to a line between two others.
  static func segment(_ x: Float, _ y: Float, from start: Point, to end: Point) -> Float {
    let (point, line) = (Point(x, y) - start, end - start)
    let share = max(0, min(1, point.dot(line) / max(line.square, .leastNormalMagnitude)))
    return (point - share * line).length
  }
}
