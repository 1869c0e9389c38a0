import GraftFiles
import GraftImages
import GraftTensor

/// Shapes and patterns that the library draws itself, to be told apart: what a small encoder can be pretrained on without any data.
///
/// Colour, size, place, rotation, background, light and noise vary. Each picture follows from the seed and its number alone,
/// on every machine the same; equal numbers of each class come in turn.
public struct SyntheticShapes: Sendable {
  /// What a picture shows.
  public enum Class: String, Sendable, Codable, CaseIterable {
    case disc, ring, crescent, square, triangle, star, cross, bar, stripes, checkerboard, dots, waves
  }

  /// How many pictures there are.
  public let count: Int
  /// Of each picture, in pixels.
  public let side: Int
  /// From which all pictures follow.
  public let seed: UInt64

  /// Describes pictures; nothing is drawn yet.
  public init(count: Int, side: Int = 96, seed: UInt64 = 1) {
    require(count >= 0 && side > 0, "There cannot be \(count) pictures of \(side)×\(side).")
    self.count = count
    self.side = side
    self.seed = seed
  }

  /// Must change with everything that changes a pixel.
  private static let drawingVersion = 1

  /// The pictures, named `drawn shapes`, with the number of the class in the order of ``Class`` as what is to be learned.
  public var dataset: Dataset {
    Dataset(
      name: "drawn shapes", targets: .labels(Class.allCases.map(\.rawValue)), isDrawn: true,
      samples: (0..<count).map { index in
        Sample(
          identifier: "shape\(index + 1)",
          picture: Content(digest: { digest(at: index) }, decode: { picture(at: index) }),
          target: .label(index % Class.allCases.count))
      })
  }

  private func digest(at index: Int) -> String {
    SHA256.digest(of: "synthetic shape \(Self.drawingVersion) \(side) \(seed) \(index)")
  }

  /// Draws a picture.
  func picture(at index: Int) -> Picture {
    require((0..<count).contains(index), "There is no picture \(index) among \(count).")
    var random = RandomStream(seed: seed).child("shape", index)
    return Self.draw(Class.allCases[index % Class.allCases.count], side: side, &random)
  }

  private static func draw(_ shape: Class, side: Int, _ random: inout RandomStream) -> Picture {
    let noise = SmoothNoise(random: &random)
    let (light, dark, slope) = (random.colour(), random.colour(), random.direction())
    let (grid, roughness) = (random.between(1, 6), random.between(0, 0.7))
    let size = Float(side)
    let frame = Canvas.Frame(
      centre: size * Point(random.between(0.3, 0.7), random.between(0.3, 0.7)),
      scale: random.between(0.16, 0.38) * size, axis: random.direction())
    var canvas = Canvas(width: side, height: side, frame: frame) { x, y in
      let gradient = 0.5 + 0.5 * (slope.x * (x - 0.5) + slope.y * (y - 0.5))
      let share = max(0, min(1, gradient + roughness * noise(grid * x, grid * y)))
      return dark + share * (light - dark)
    }
    let colour = contrasting(with: 0.5 * (light + dark), &random)
    let (proportion, frequency) = (random.between(0, 1), random.between(2.2, 4.5))
    let (shade, texture) = (random.between(-0.25, 0.25), random.between(0, 0.25))
    canvas.paint(
      .around(Point(0, 0), Point(1.5, 1.5)), opacity: random.between(0.75, 1),
      softness: random.between(0, 0.06),
      distance: { x, y in distance(shape, x, y, proportion, frequency) },
      colour: { x, y in colour * (1 + shade * x + texture * noise(12 + 4 * x, 4 * y)) })
    let (gain, grain) = (random.between(0.8, 1.15), random.between(0.005, 0.06))
    return canvas.picture { colour, _, _ in colour * gain + grain * random.grain() }
  }

  /// A colour that can be seen on another.
  private static func contrasting(with other: Colour, _ random: inout RandomStream) -> Colour {
    while true {
      let colour = random.colour()
      let difference = colour - other
      if (difference * difference).sum > 0.12 { return colour }
    }
  }

  /// - Parameters:
  ///   - proportion: from 0 to 1; what it changes depends on the shape.
  ///   - frequency: repetitions of a pattern in one unit.
  private static func distance(
    _ shape: Class, _ x: Float, _ y: Float, _ proportion: Float, _ frequency: Float
  ) -> Float {
    let (across, down) = (x * frequency, y * frequency)
    /// Patterns fill a disc.
    func pattern(_ value: Float) -> Float { max(value / frequency, Shape2D.circle(x, y, 1.2)) }
    switch shape {
    case .disc: return Shape2D.circle(x, y, 1)
    case .ring: return abs(Shape2D.circle(x, y, 0.8)) - 0.14 - 0.12 * proportion
    case .crescent:
      return max(Shape2D.circle(x, y, 1), -Shape2D.circle(x - 0.45 - 0.25 * proportion, y, 0.85))
    case .square: return Shape2D.box(x, y, Point(0.82, 0.82))
    case .triangle: return max(y - 0.6, abs(x) * 0.866 - y * 0.5 - 0.6)
    case .star: return star(x, y, depth: 0.42 + 0.12 * proportion)
    case .cross:
      let arm = 0.2 + 0.14 * proportion
      return min(Shape2D.box(x, y, Point(1, arm)), Shape2D.box(x, y, Point(arm, 1)))
    case .bar: return Shape2D.box(x, y, Point(1.2, 0.14 + 0.14 * proportion))
    case .stripes: return pattern(abs(triangleWave(down)) - 0.25)
    case .checkerboard:
      let (column, row) = (triangleWave(across), triangleWave(down))
      return pattern(min(max(0.25 - column, 0.25 - row), max(column - 0.25, row - 0.25)) * 0.9)
    case .dots:
      let (column, row) = (across - across.rounded(), down - down.rounded())
      return pattern(Shape2D.circle(column, row, 0.3))
    case .waves: return pattern(abs(triangleWave(down + 1.2 * triangleWave(0.7 * across))) - 0.25)
    }
  }

  /// From 0 to 0.5 and back over one unit.
  private static func triangleWave(_ value: Float) -> Float { abs(value - value.rounded()) }

  /// A star of five points: a pentagon's spikes, by folding the plane into a tenth of it.
  private static func star(_ x: Float, _ y: Float, depth: Float) -> Float {
    // Cosine and sine of 36 and 72 degrees.
    let (first, second) = (Point(0.809017, -0.587785), Point(-0.809017, -0.587785))
    var point = Point(abs(x), -y)
    point = point - 2 * max(first.dot(point), 0) * first
    point = point - 2 * max(second.dot(point), 0) * second
    point = Point(abs(point.x), point.y - 1)
    let edge = depth * Point(0.587785, 0.809017) - Point(0, 1)
    let share = max(0, min(1, point.dot(edge) / edge.square))
    let side: Float = point.y * edge.x - point.x * edge.y > 0 ? 1 : -1
    return side * (point - share * edge).length
  }
}
