import Foundation

/// A range of numbers with ticks at round ones.
struct Axis {
  let range: ClosedRange<Double>
  let ticks: [Double]
  private let step: Double

  /// Chooses a range and ticks.
  ///
  /// - Parameters:
  ///   - values: all finite ones are on the axis; without any it goes from 0 to 1.
  ///   - fixed: the range, if the values do not choose it.
  ///   - reachesTicks: whether the range grows to the next ticks.
  ///   - isWhole: whether ticks are at whole numbers only, such as epochs.
  ///   - tickCount: about how many.
  init(
    covering values: some Sequence<Double>, fixed: ClosedRange<Double>? = nil, reachesTicks: Bool,
    isWhole: Bool = false, tickCount: Int
  ) {
    let range = fixed ?? Self.range(of: values)
    let round = Self.roundStep(from: range.span / Double(max(tickCount - 1, 1)))
    let step = isWhole ? max(1, round) : round
    let isWide = reachesTicks && fixed == nil
    // 4e-5 / 1e-5 is a little more than 4, and an end that is a tick must not grow to the next one.
    let slack = 1e-9
    let (low, high) = (range.lowerBound / step, range.upperBound / step)
    let first = isWide ? (low + slack).rounded(.down) : (low - slack).rounded(.up)
    let last = isWide ? max((high - slack).rounded(.up), first + 1) : (high + slack).rounded(.down)
    // Beyond 2^53 steps away from 0 there is no next tick.
    let count = last - first < 100 && abs(first) < 0x1p53 ? max(Int(last - first) + 1, 0) : 0
    ticks = (0..<count).map { (first + Double($0)) * step }
    self.range = isWide && count > 0 ? first * step...last * step : range
    self.step = step
  }

  /// Where a value lies: 0 at the lower end, 1 at the upper one.
  func fraction(of value: Double) -> Double { (value - range.lowerBound) / range.span }

  /// A tick in as many digits as tell the ticks apart.
  func label(of tick: Double) -> String {
    if tick == 0 { return "0" }
    let largest = ticks.map(abs).max() ?? 1
    let text: String
    if step < 1e-4 || largest >= 1e6 {
      let digits = max(0, Int(log10(largest).rounded(.down) - log10(step).rounded(.down)))
      let parts = String(format: "%.\(digits)e", tick).split(separator: "e")
      text = "\(parts[0])e\(Int(parts[1]) ?? 0)"
    } else {
      text = String(format: "%.\(max(0, Int((-log10(step) - 1e-9).rounded(.up))))f", tick)
    }
    return text.replacing("-", with: "−")
  }

  /// 1, 2 or 5 times a power of ten, and at least as much.
  private static func roundStep(from step: Double) -> Double {
    let magnitude = pow(10, log10(step).rounded(.down))
    let factor = [1, 2, 5].first { $0 * magnitude >= step * (1 - 1e-9) } ?? 10
    return factor * magnitude
  }

  /// From the smallest to the largest finite value; with some room around a single one.
  private static func range(of values: some Sequence<Double>) -> ClosedRange<Double> {
    let finite = values.filter(\.isFinite).map { min(max($0, -1e300), 1e300) }
    guard let low = finite.min(), let high = finite.max() else { return 0...1 }
    let room = max(abs(low), abs(high)) * 1e-12
    if high - low > room { return low...high }
    let margin = low == 0 ? 1 : max(abs(low) / 2, 1e-300)
    return low - margin...high + margin
  }
}

extension ClosedRange<Double> {
  fileprivate var span: Double { upperBound - lowerBound }
}

/// A value in four digits, as sentences and legends show it.
func shortNumber(_ value: Double) -> String {
  if value.isNaN { return "–" }
  let text =
    value == value.rounded() && abs(value) < 1e6
    ? String(format: "%.0f", value) : String(format: "%.4g", value)
  return text.replacing("-", with: "−")
}
