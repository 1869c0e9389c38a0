import GraftTensor

extension Split {
  /// Which samples are for the test.
  static func choice(of testPart: TestPart, _ rule: Rule, in dataset: Dataset) throws -> (Int) -> Bool {
    switch testPart {
    case .none: return { _ in false }
    case .official: return { dataset[$0].partition == .test }
    case .fraction(let fraction):
      let all = Array(dataset.indices)
      switch rule {
      case .official:
        misused("The official split of a data set has the official test part or none, not a fraction.")
      case .tail: return { $0 >= remainder(of: all.count, fraction) }
      case .random(_, let seed, let together, let stratified),
        .fold(_, _, let seed, let together, let stratified):
        let units = try Units(of: all, in: dataset, keepingPeopleTogether: together, stratified: stratified)
        return units.drawn(fraction, RandomStream(seed: seed).child("test part")).contains
      }
    }
  }

  /// The part of each sample that is not for the test; nil where it belongs to none.
  static func choice(of rule: Rule, among samples: [Int], in dataset: Dataset) throws -> (Int) -> Partition? {
    func dividing(_ validation: Set<Int>) -> (Int) -> Partition? {
      { validation.contains($0) ? .validation : .training }
    }
    switch rule {
    case .official:
      return { dataset[$0].partition.flatMap { $0 == .test ? nil : $0 } }
    case .tail(let fraction):
      return dividing(Set(samples.suffix(from: remainder(of: samples.count, fraction))))
    case .random(let fraction, let seed, let together, let stratified):
      let units = try Units(of: samples, in: dataset, keepingPeopleTogether: together, stratified: stratified)
      return dividing(units.drawn(fraction, RandomStream(seed: seed).child("split")))
    case .fold(let number, let count, let seed, let together, let stratified):
      require(
        count >= 2 && (0..<count).contains(number),
        "Of two or more folds one is for validation, from 0 on, not fold \(number) of \(count).")
      let units = try Units(of: samples, in: dataset, keepingPeopleTogether: together, stratified: stratified)
      return dividing(
        try units.fold(number, of: count, RandomStream(seed: seed).child("folds"), dataset.name))
    }
  }

  /// How many of so many samples a part of this fraction leaves.
  fileprivate static func remainder(of count: Int, _ fraction: Double) -> Int {
    require((0...1).contains(fraction), "A part of a data set is a fraction from 0 to 1, not \(fraction).")
    return Int(Double(count) * (1 - fraction))
  }
}

/// What is drawn as a whole: samples, or all samples of a person; by class, where each class is to be drawn from.
private struct Units {
  /// The samples of each unit, by stratum.
  private var strata: [[[Int]]]

  init(
    of samples: [Int], in dataset: Dataset, keepingPeopleTogether: Bool, stratified: Bool
  ) throws {
    let units = keepingPeopleTogether ? try Self.people(of: samples, in: dataset) : samples.map { [$0] }
    guard stratified else {
      strata = [units]
      return
    }
    var byClass: [Int: [[Int]]] = [:]
    for unit in units { byClass[try Self.mostFrequentLabel(of: unit, in: dataset), default: []].append(unit) }
    strata = byClass.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The samples of each person, in the order in which people come first.
  private static func people(of samples: [Int], in dataset: Dataset) throws -> [[Int]] {
    var numbers: [String: Int] = [:]
    var people: [[Int]] = []
    for index in samples {
      guard let person = dataset[index].person else {
        throw DatasetError(
          dataset.name,
          "it does not say who is on \(dataset[index].identifier), so people cannot be kept together",
          remedy: "Put the file with the identities beside the others, or let people be in both parts.")
      }
      if let known = numbers[person] {
        people[known].append(index)
      } else {
        numbers[person] = people.count
        people.append([index])
      }
    }
    return people
  }

  /// The smallest number of those that are most frequent.
  private static func mostFrequentLabel(of unit: [Int], in dataset: Dataset) throws -> Int {
    let counts = try unit.reduce(into: [Int: Int]()) { $0[try dataset.label(at: $1), default: 0] += 1 }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
  }

  /// A fraction of the samples of each stratum, or a little more where units are larger than one.
  func drawn(_ fraction: Double, _ random: RandomStream) -> Set<Int> {
    var drawn: Set<Int> = []
    for (number, units) in strata.enumerated() {
      let count = units.reduce(0) { $0 + $1.count }
      var wanted = count - Split.remainder(of: count, fraction)
      // A class of two or more samples is in both parts.
      if strata.count > 1, fraction > 0, units.count > 1 { wanted = max(1, wanted) }
      var found = 0
      let stream = strata.count > 1 ? random.child("class", number) : random
      for unit in stream.shuffled(units) where found < wanted {
        drawn.formUnion(unit)
        found += unit.count
      }
    }
    return drawn
  }

  /// The samples of one of several parts of nearly equal size: units are dealt to the part that has fewest samples.
  func fold(_ number: Int, of count: Int, _ random: RandomStream, _ name: String) throws -> Set<Int> {
    let unitCount = strata.reduce(0) { $0 + $1.count }
    guard unitCount >= count else {
      throw DatasetError(
        name, "\(unitCount) samples or people cannot be divided into \(count) folds",
        remedy: "Take fewer folds, or more samples.")
    }
    var folds = [[Int]](repeating: [], count: count)
    for (stratum, units) in strata.enumerated() {
      // Large units first, so that the parts come out even.
      let dealt = random.child("class", stratum).shuffled(units).enumerated().sorted {
        ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
      }
      // Of each class as many as possible in each part; then by the size of the whole part.
      var own = [Int](repeating: 0, count: count)
      for (_, unit) in dealt {
        let place = folds.indices.min { (own[$0], folds[$0].count, $0) < (own[$1], folds[$1].count, $1) } ?? 0
        folds[place] += unit
        own[place] += unit.count
      }
    }
    return Set(folds[number])
  }
}
