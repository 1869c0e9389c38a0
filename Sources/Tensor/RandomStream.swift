/// Random numbers that are the same on every machine: Philox 4×32 with ten rounds (Salmon, Moraes, Dror and Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", 2011), a generator whose whole state is a key and a counter.
///
/// A stream splits into children by key, so that what is random about an epoch, a step or a sample depends on its
/// number and not on what was drawn before:
///
/// ```swift
/// let random = RandomStream(seed: 7)
/// var shuffling = random.child("shuffling", epoch)
/// let order = shuffling.permutation(of: 1800)
/// ```
public struct RandomStream: RandomNumberGenerator, Sendable, Codable, Hashable {
  private var key: UInt64
  private var counter: UInt64 = 0
  /// The second half of a block, drawn but not handed out yet.
  private var spare: UInt64?

  /// The stream of a seed.
  public init(seed: UInt64) { key = seed }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    if let value = spare {
      spare = nil
      return value
    }
    let (first, second) = Self.block(key: key, counter: (counter, 0))
    counter += 1
    spare = second
    return first
  }

  /// An independent stream for each key, whatever has been drawn from this one.
  public func child(_ keys: UInt64...) -> RandomStream { child(keys) }

  /// An independent stream for each name and key.
  public func child(_ name: String, _ keys: Int...) -> RandomStream {
    // FNV-1a: Swift's own hashes differ from run to run.
    let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return child([hash] + keys.map { UInt64(bitPattern: Int64($0)) })
  }

  private func child(_ keys: [UInt64]) -> RandomStream {
    // The second word of the counter keeps these blocks apart from those that `next` draws.
    RandomStream(seed: keys.reduce(key) { Self.block(key: $0, counter: ($1, 1)).0 })
  }

  package static func block(key: UInt64, counter: (UInt64, UInt64)) -> (UInt64, UInt64) {
    var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    var c0 = UInt32(truncatingIfNeeded: counter.0)
    var c1 = UInt32(truncatingIfNeeded: counter.0 >> 32)
    var c2 = UInt32(truncatingIfNeeded: counter.1)
    var c3 = UInt32(truncatingIfNeeded: counter.1 >> 32)
    for _ in 0..<10 {
      let left = c0.multipliedFullWidth(by: 0xD251_1F53)
      let right = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (right.high ^ c1 ^ k0, right.low, left.high ^ c3 ^ k1, left.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (UInt64(c1) << 32 | UInt64(c0), UInt64(c3) << 32 | UInt64(c2))
  }
}

// MARK: Distributions

extension RandomStream {
  /// Uniform in [0, 1), with 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0 ..< bound.
  public mutating func integer(below bound: Int) -> Int {
    require(bound > 0, "There is no integer from 0 up to \(bound).")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// 0 ..< count in random order (Fisher and Yates).
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for index in order.indices.reversed() where index > 0 {
      order.swapAt(index, integer(below: index + 1))
    }
    return order
  }

  /// Normal with mean 0 and standard deviation 1; with a `limit`, cut off at ± that many standard deviations.
  public mutating func normal(limit: Double = .infinity) -> Double {
    let tail = limit == .infinity ? 0 : 0.5 * complementaryErrorFunction(limit / 2.0.squareRoot())
    // Open at both ends: the quantile of 0 is infinite.
    let probability = tail + (1 - 2 * tail) * (Double(next() >> 12) + 0.5) * 0x1p-52
    return normalQuantile(probability)
  }
}

extension Tensor {
  /// Uniform in a half-open range.
  public init(uniform shape: Shape, in range: Range<Float>, random: inout RandomStream) {
    require(!range.isEmpty, "There is no number in \(range).")
    let width = Double(range.upperBound) - Double(range.lowerBound)
    self.init(shape: shape) { scalars in
      for index in scalars.indices {
        let value = Float(Double(range.lowerBound) + width * random.uniform())
        // A double just below the upper bound may round up to it.
        scalars[index] = Swift.min(value, range.upperBound.nextDown)
      }
    }
  }

  /// Normal with mean 0; with a `limit`, cut off at ± that many standard deviations.
  public init(
    normal shape: Shape, standardDeviation: Float = 1, limit: Double = .infinity, random: inout RandomStream
  ) {
    self.init(shape: shape) { scalars in
      for index in scalars.indices { scalars[index] = Float(random.normal(limit: limit)) * standardDeviation }
    }
  }
}
