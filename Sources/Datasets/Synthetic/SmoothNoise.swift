import GraftTensor

/// Random numbers at the points of a grid, and smooth between them; it repeats after 64 units. Coordinates
/// are not below -1024.
struct SmoothNoise {
  private let values: [Float]

  init(random: inout RandomStream) {
    values = (0..<512).flatMap { _ -> [Float] in
      let bits = random.next()
      return (0..<8).map { Float(UInt8(truncatingIfNeeded: bits >> (8 * $0))) / 127.5 - 1 }
    }
  }

  /// From -1 to 1; about a unit from each low to the next high.
  func callAsFunction(_ x: Float, _ y: Float) -> Float {
    // A whole number of periods ahead nothing is negative, and cutting off is rounding down.
    let (x, y) = (x + 1024, y + 1024)
    let (column, row) = (Int(x), Int(y))
    let (across, down) = (Self.smooth(x - Float(column)), Self.smooth(y - Float(row)))
    let (top, bottom) = ((row & 63) * 64, ((row + 1) & 63) * 64)
    let (left, right) = (column & 63, (column + 1) & 63)
    let upper = values[top + left] + across * (values[top + right] - values[top + left])
    let lower = values[bottom + left] + across * (values[bottom + right] - values[bottom + left])
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

  mutating func colour(_ range: ClosedRange<Float> = 0...1) -> SIMD3<Float> {
    SIMD3(
      between(range.lowerBound, range.upperBound), between(range.lowerBound, range.upperBound),
      between(range.lowerBound, range.upperBound))
  }

  /// Any direction, of length 1; by square roots only, which are the same on every machine.
  mutating func direction() -> SIMD2<Float> {
    while true {
      let point = SIMD2(between(-1, 1), between(-1, 1))
      let square = (point * point).sum()
      if square > 0.01, square <= 1 { return point / square.squareRoot() }
    }
  }

  /// The direction at a small angle from the x axis, in radians; the tangent of half of it is taken for half of it.
  mutating func tilt(upTo angle: Float) -> SIMD2<Float> {
    let half = between(-angle, angle) / 2
    return SIMD2(1 - half * half, 2 * half) / (1 + half * half)
  }

  /// About normal with mean 0 and standard deviation 1, from one draw: what sensor noise needs for every pixel.
  mutating func grain() -> Float {
    let bits = next()
    let sum = (0..<4).reduce(0) { $0 + Int(UInt16(truncatingIfNeeded: bits >> (16 * $1))) }
    // Four uniform draws have the variance 4/12.
    return (Float(sum) / 65_536 - 2) * 1.732
  }
}
