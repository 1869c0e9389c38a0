import GraftTensor

/// Random numbers at the points of a grid, and smooth between them; it repeats after 64 units. Coordinates
/// are not below -1024.
@safe final class SmoothNoise {
  // Not an array: four of them are read for each pixel of each shape, and arrays of floats are slow in a debug build.
  private let values: UnsafeMutablePointer<Float>

  init(random: inout RandomStream) {
    unsafe values = .allocate(capacity: 4096)
    for first in stride(from: 0, to: 4096, by: 8) {
      let bits = random.next()
      for byte in 0..<8 {
        let level = Float(UInt8(truncatingIfNeeded: bits >> (8 * byte)))
        unsafe (values + (first + byte)).initialize(to: level / 127.5 - 1)
      }
    }
  }

  deinit { unsafe values.deallocate() }

  /// From -1 to 1; about a unit from each low to the next high.
  func callAsFunction(_ x: Float, _ y: Float) -> Float {
    // A whole number of periods ahead nothing is negative, and cutting off is rounding down.
    let (x, y) = (x + 1024, y + 1024)
    let (column, row) = (Int(x), Int(y))
    let (across, down) = (Self.smooth(x - Float(column)), Self.smooth(y - Float(row)))
    let (left, right) = (column & 63, (column + 1) & 63)
    let (top, bottom) = unsafe (values + (row & 63) * 64, values + ((row + 1) & 63) * 64)
    let upper = unsafe top[left] + across * (top[right] - top[left])
    let lower = unsafe bottom[left] + across * (bottom[right] - bottom[left])
    return upper + down * (lower - upper)
  }

  private static func smooth(_ share: Float) -> Float { share * share * (3 - 2 * share) }
}

extension RandomStream {
  /// Uniform from `low` to `high`.
  mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * Float(uniform()) }

  /// A bell-shaped draw: the sum of three uniform ones, at most three standard deviations off.
  mutating func around(_ mean: Float, _ deviation: Float) -> Float {
    mean + deviation * 2 * Float(uniform() + uniform() + uniform() - 1.5)
  }

  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  mutating func one<Element>(of elements: [Element]) -> Element { elements[integer(below: elements.count)] }

  mutating func colour(_ range: ClosedRange<Float> = 0...1) -> Colour {
    Colour(
      between(range.lowerBound, range.upperBound), between(range.lowerBound, range.upperBound),
      between(range.lowerBound, range.upperBound))
  }

  /// Any direction, of length 1; by square roots only, which are the same on every machine.
  mutating func direction() -> Point {
    while true {
      let point = Point(between(-1, 1), between(-1, 1))
      let square = point.square
      if square > 0.01, square <= 1 { return point / square.squareRoot() }
    }
  }

  /// The direction at a small angle from the x axis, in radians; the tangent of half of it is taken for half of it.
  mutating func tilt(upTo angle: Float) -> Point {
    let half = between(-angle, angle) / 2
    return Point(1 - half * half, 2 * half) / (1 + half * half)
  }

  /// About normal with mean 0 and standard deviation 1, from one draw: what sensor noise needs for every pixel.
  mutating func grain() -> Float {
    let bits = next()
    let pairs = (bits & 0xffff_0000_ffff) + (bits &>> 16 & 0xffff_0000_ffff)
    let sum = (pairs & 0xffff_ffff) + pairs &>> 32
    // Four uniform draws have the variance 4/12.
    return (Float(sum) / 65_536 - 2) * 1.732
  }
}
