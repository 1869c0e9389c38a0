import CGraftKernels

/// Which pixels of a row or column make up each pixel of the resized one, and with what weights.
struct ResizeTaps {
  private(set) var first: [Int32] = []
  private(set) var counts: [Int32] = []
  /// In parts of 2^22, as Pillow has them; `most` for each pixel.
  private(set) var weights: [Int32] = []
  private(set) var most = 0

  /// - Parameters:
  ///   - source: the length of the original.
  ///   - target: the length of the result.
  ///   - filter: any but nearest, which weighs nothing.
  init(from source: Int, to target: Int, filter: ResizeFilter) {
    let scale = Double(source) / Double(target)
    let stretch = filter == .bilinearWithoutAntialiasing ? 1 : max(scale, 1)
    let reach = filter == .bicubic ? 2 * stretch : stretch
    most = Int(reach.rounded(.up)) * 2 + 1
    first = [Int32](repeating: 0, count: target)
    counts = first
    weights = [Int32](repeating: 0, count: target * most)
    var heights = [Double](repeating: 0, count: most)
    for index in 0..<target {
      let center = (Double(index) + 0.5) * scale
      let start = max(Int(center - reach + 0.5), 0)
      let end = min(Int(center + reach + 0.5), source)
      var sum = 0.0
      for tap in 0..<end - start {
        let distance = (Double(start + tap) - center + 0.5) * (1 / stretch)
        heights[tap] = filter == .bicubic ? Self.cubic(distance) : Self.triangle(distance)
        sum += heights[tap]
      }
      first[index] = Int32(start)
      counts[index] = Int32(end - start)
      // At the borders a part of the filter lies outside: the rest counts for more.
      for tap in 0..<end - start {
        weights[index * most + tap] = Int32((heights[tap] / sum * 0x1p22).rounded(.toNearestOrAwayFromZero))
      }
    }
  }

  private static func triangle(_ x: Double) -> Double { max(0, 1 - abs(x)) }

  /// Cubic convolution with a = -0.5.
  private static func cubic(_ x: Double) -> Double {
    let (a, x) = (-0.5, abs(x))
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }

  /// Calls `body` with the form that the kernels take.
  func withTaps(_ body: (UnsafePointer<graft_taps>) -> Void) {
    unsafe first.withUnsafeBufferPointer { first in
      unsafe counts.withUnsafeBufferPointer { counts in
        unsafe weights.withUnsafeBufferPointer { weights in
          var taps = unsafe graft_taps(
            first: first.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress,
            most: Int32(most))
          unsafe body(&taps)
        }
      }
    }
  }
}
