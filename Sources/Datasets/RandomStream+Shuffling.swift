import GraftTensor

extension RandomStream {
  /// The elements in random order.
  func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var random = self
    return random.permutation(of: elements.count).map { elements[$0] }
  }

  /// As many indices as there are weights, drawn with replacement, each in proportion to its weight.
  func drawn(_ weights: [Double]) -> [Int] {
    var random = self
    var total = 0.0
    let ends = weights.map { weight in
      total += weight
      return total
    }
    return weights.map { _ in
      // Below the total but for rounding; the last sample that can be drawn takes what rounding puts beyond.
      let point = min(random.uniform() * total, total.nextDown)
      var range = 0..<ends.count
      // The first end above the point: a weight of 0 has no room below its end.
      while range.count > 1 {
        let middle = range.lowerBound + (range.count - 1) / 2
        range = ends[middle] > point ? range.lowerBound..<(middle + 1) : (middle + 1)..<range.upperBound
      }
      return range.lowerBound
    }
  }
}
