import GraftTensor

/// How sure a mean difference between two networks is that were measured on the same images: a paired bootstrap (Efron and
/// Tibshirani, "An Introduction to the Bootstrap", 1993).
///
/// Images are drawn with replacement, as many as there are, many times over; the interval holds the middle of the means
/// of their differences. Where several images show one person, people are drawn instead. That covers which images were
/// looked at, and nothing else: what the random start of a training does needs trainings with other seeds.
///
/// ```swift
/// let gain = PairedBootstrap(differences: zip(tuned, control).map { $0 - $1 }, random: RandomStream(seed: 1))
/// print(gain.mean, gain.interval, gain.pValue)
/// ```
public struct PairedBootstrap: Sendable, Hashable, Codable {
  /// The mean of the differences.
  public let mean: Double
  /// The percentiles of the means of the drawn differences: 2.5 and 97.5 for a confidence of 0.95.
  public let interval: ClosedRange<Double>
  /// Two-sided: 2 · min((1 + draws ≤ 0) / (draws + 1), (1 + draws ≥ 0) / (draws + 1)), at most 1.
  public let pValue: Double
  /// How many images were compared.
  public let count: Int

  /// Draws.
  ///
  /// - Parameters:
  ///   - differences: one for each image, at least one.
  ///   - groups: what is drawn as one, such as the person on each image; nil if each image stands for itself.
  ///   - drawCount: how often all are drawn; 10,000 by default.
  ///   - confidence: between 0 and 1; 0.95 by default.
  ///   - random: what decides about the draws.
  public init(
    differences: [Double], groups: [String]? = nil, drawCount: Int = 10_000, confidence: Double = 0.95,
    random: RandomStream
  ) {
    require(
      !differences.isEmpty && (groups?.count ?? differences.count) == differences.count,
      "A bootstrap takes at least one difference and as many groups, not \(differences.count) and "
        + "\(groups?.count ?? 0).")
    require(
      drawCount > 0 && confidence > 0 && confidence < 1,
      "A bootstrap draws at least once, for a confidence between 0 and 1, not \(drawCount) times for \(confidence)."
    )
    let units = Self.units(differences, groups)
    var random = random
    var means: [Double] = []
    means.reserveCapacity(drawCount)
    for _ in 0..<drawCount {
      var (sum, count) = (0.0, 0)
      for _ in units.indices {
        let unit = units[random.integer(below: units.count)]
        sum += unit.sum
        count += unit.count
      }
      means.append(sum / Double(count))
    }
    means.sort()
    func percentile(_ share: Double) -> Double {
      let position = share * Double(drawCount - 1)
      let (lower, upper) = (Int(position), min(Int(position) + 1, drawCount - 1))
      return means[lower] + (means[upper] - means[lower]) * (position - Double(lower))
    }
    mean = differences.reduce(0, +) / Double(differences.count)
    interval = percentile((1 - confidence) / 2)...percentile((1 + confidence) / 2)
    let (below, above) = (means.count { $0 <= 0 }, means.count { $0 >= 0 })
    pValue = min(1, 2 * Double(1 + min(below, above)) / Double(drawCount + 1))
    count = differences.count
  }

  /// Sums and counts of what is drawn as one, in the order of their first images.
  private static func units(_ differences: [Double], _ groups: [String]?) -> [(sum: Double, count: Int)] {
    guard let groups else { return differences.map { ($0, 1) } }
    var positions: [String: Int] = [:]
    var units: [(sum: Double, count: Int)] = []
    for (difference, group) in zip(differences, groups) {
      let position = positions[group] ?? units.count
      if position == units.count {
        positions[group] = position
        units.append((0, 0))
      }
      units[position].sum += difference
      units[position].count += 1
    }
    return units
  }
}
