import GraftTensor

extension Dataset {
  /// Which samples to take when not all are wanted.
  public enum Selection: String, Sendable, Codable, CaseIterable {
    /// Drawn by a seed, whatever their class: the balance stays as it is.
    case random
    /// Drawn by a seed, as many of each class.
    case balanced
    /// The first ones.
    case first
  }

  /// Some samples of the official training partition, in this order, to be split into training and validation; and some of
  /// the official test partition, if they are asked for, to be set aside.
  ///
  /// The paper took 12,000 of CelebA and does not say which; drawing them at random from the training partition leaves the official
  /// validation partition unseen, and the official test partition but for what is measured at the end.
  ///
  /// - Parameters:
  ///   - limit: how many of the training partition at most; all there are if they are fewer.
  ///   - testLimit: how many of the test partition at most, beside them.
  ///   - selection: which ones of each partition.
  ///   - seed: draws them; the same on every machine.
  /// - Throws: ``DatasetError`` if the partitions are not known.
  public func trainingPool(
    limit: Int = 12_000, testLimit: Int = 0, selection: Selection = .random, seed: UInt64
  ) throws -> Dataset {
    try pool([(.training, limit), (.test, testLimit)], selection: selection, seed: seed)
  }

  /// Some samples of each official partition, in this order, to be split as their publishers did.
  ///
  /// - Parameters:
  ///   - limit: how many at most, of the training and the validation partition together.
  ///   - validationFraction: how many of them are of the validation partition.
  ///   - testLimit: how many of the test partition at most, beside them.
  ///   - selection: which ones of each partition.
  ///   - seed: draws them; the same on every machine.
  /// - Throws: ``DatasetError`` if the partitions are not known.
  public func officialPool(
    limit: Int = 12_000, validationFraction: Double = 0.1, testLimit: Int = 0,
    selection: Selection = .random, seed: UInt64
  ) throws -> Dataset {
    require(
      (0...1).contains(validationFraction),
      "A part of a data set is a fraction from 0 to 1, not \(validationFraction).")
    let trainingCount = Int(Double(limit) * (1 - validationFraction))
    let parts: [(Partition, Int)] = [
      (.training, trainingCount), (.validation, limit - trainingCount), (.test, testLimit),
    ]
    return try pool(parts, selection: selection, seed: seed)
  }

  private func pool(
    _ limits: [(partition: Partition, limit: Int)], selection: Selection, seed: UInt64
  ) throws -> Dataset {
    let chosen = try limits.filter { $0.limit > 0 }.flatMap { partition, limit in
      try choose(limit, of: indices(of: partition), by: selection, seed: seed)
    }
    return selecting(chosen.sorted())
  }

  private func choose(
    _ limit: Int, of samples: [Int], by selection: Selection, seed: UInt64
  ) throws -> [Int] {
    switch selection {
    case .random: return drawn(limit, of: samples, seed: seed)
    case .first: return Array(samples.prefix(limit))
    case .balanced:
      let order = drawn(samples.count, of: samples, seed: seed)
      let classes = try Dictionary(grouping: order) { try label(at: $0) }
      let share = Swift.min(
        limit / classNames.count, classNames.indices.map { classes[$0]?.count ?? 0 }.min() ?? 0)
      return classes.values.flatMap { $0.prefix(share) }
    }
  }
}
