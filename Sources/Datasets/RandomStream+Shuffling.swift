import GraftTensor

extension RandomStream {
  /// The elements in random order.
  func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var random = self
    return random.permutation(of: elements.count).map { elements[$0] }
  }
}
