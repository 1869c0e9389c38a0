// Drawing computes with the types and functions of this file: a debug build does not specialise what is generic, as the operators of SIMD2
// and SIMD3 and the library's own `min`, `max` and `abs` are, and takes half a second for a face with them.

/// A place in the plane of a drawing, or a vector there: x to the right, y downwards.
struct Point: Equatable {
  var x, y: Float

  init(_ x: Float, _ y: Float) { (self.x, self.y) = (x, y) }

  /// The scalar product of a vector with itself.
  var square: Float { x * x + y * y }
  var length: Float { square.squareRoot() }

  func dot(_ other: Point) -> Float { x * other.x + y * other.y }
  /// The smaller of both in each coordinate.
  func lower(_ other: Point) -> Point { Point(min(x, other.x), min(y, other.y)) }
  /// The larger of both in each coordinate.
  func upper(_ other: Point) -> Point { Point(max(x, other.x), max(y, other.y)) }

  static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
  static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
  static func / (a: Point, b: Point) -> Point { Point(a.x / b.x, a.y / b.y) }
  static func * (factor: Float, a: Point) -> Point { Point(factor * a.x, factor * a.y) }
  static func * (a: Point, factor: Float) -> Point { factor * a }
  static func / (a: Point, divisor: Float) -> Point { Point(a.x / divisor, a.y / divisor) }
}

/// 0 to 1 for each channel of a picture, and beyond that before the picture is developed.
struct Colour: Equatable {
  var red, green, blue: Float

  init(_ red: Float, _ green: Float, _ blue: Float) { (self.red, self.green, self.blue) = (red, green, blue) }

  init(grey: Float) { self.init(grey, grey, grey) }

  static let black = Colour(grey: 0)
  static let white = Colour(grey: 1)

  var sum: Float { red + green + blue }

  static func + (a: Colour, b: Colour) -> Colour { Colour(a.red + b.red, a.green + b.green, a.blue + b.blue) }
  static func - (a: Colour, b: Colour) -> Colour { Colour(a.red - b.red, a.green - b.green, a.blue - b.blue) }
  static func * (a: Colour, b: Colour) -> Colour { Colour(a.red * b.red, a.green * b.green, a.blue * b.blue) }
  static func + (a: Colour, grey: Float) -> Colour { Colour(a.red + grey, a.green + grey, a.blue + grey) }
  static func - (a: Colour, grey: Float) -> Colour { Colour(a.red - grey, a.green - grey, a.blue - grey) }
  static func * (a: Colour, factor: Float) -> Colour {
    Colour(a.red * factor, a.green * factor, a.blue * factor)
  }
  static func * (factor: Float, a: Colour) -> Colour { a * factor }
}

func min(_ a: Float, _ b: Float) -> Float { b < a ? b : a }
func max(_ a: Float, _ b: Float) -> Float { b >= a ? b : a }
func max(_ a: Float, _ b: Float, _ c: Float) -> Float { max(max(a, b), c) }
func abs(_ a: Float) -> Float { a.magnitude }
