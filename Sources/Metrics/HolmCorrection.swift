import GraftTensor

/// Corrects the p values of several tests that are looked at together, so that the chance of even one false finding among
/// them stays below the level (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6, 1979).
///
/// The smallest p is multiplied by the number of tests n, the next one by n − 1 and so on; none is smaller after the
/// correction than one that was smaller before, and none is above 1. The tests may depend on each other.
///
/// - Parameter pValues: of all tests, in any order; each from 0 to 1.
/// - Returns: the corrected values, in the same order.
public func holmCorrected(_ pValues: [Double]) -> [Double] {
  require(
    pValues.allSatisfy { (0...1).contains($0) }, "A p value lies between 0 and 1; these are \(pValues).")
  var corrected = pValues
  var largest = 0.0
  for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
    largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
    corrected[index] = largest
  }
  return corrected
}
