import GraftTensor
import GraftWeights
import Testing

/// max |ours − golden| / max |golden|; the absolute difference where all golden numbers are 0.
///
/// What is not finite has to be the same at the same place, else the difference is infinite; it counts for nothing
/// else.
public func relativeDifference(_ ours: some Collection<Double>, _ golden: some Collection<Double>) -> Double {
  guard ours.count == golden.count else { return .infinity }
  var (difference, magnitude) = (0.0, 0.0)
  for (own, wanted) in zip(ours, golden) {
    guard own.isFinite && wanted.isFinite else {
      if own == wanted || (own.isNaN && wanted.isNaN) { continue }
      return .infinity
    }
    difference = max(difference, abs(own - wanted))
    magnitude = max(magnitude, abs(wanted))
  }
  return magnitude > 0 ? difference / magnitude : difference
}

/// Expects numbers to be golden ones, within a relative difference.
public func expectClose(
  _ ours: some Collection<Double>, _ golden: some Collection<Double>, within tolerance: Double,
  _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let difference = relativeDifference(ours, golden)
  #expect(
    difference <= tolerance, "\(name) differs by \(difference), and \(tolerance) is allowed",
    sourceLocation: sourceLocation)
}

/// Expects one number to be a golden one, within a relative difference.
public func expectClose(
  _ ours: Double, _ golden: Double, within tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose([ours], [golden], within: tolerance, name, sourceLocation: sourceLocation)
}

/// Expects a tensor to have the shape of a golden one and its numbers, within a relative difference.
public func expectClose(
  _ ours: Tensor, _ golden: Tensor, within tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(ours.shape == golden.shape, "\(name)", sourceLocation: sourceLocation)
  expectClose(
    ours.scalars.map(Double.init), golden.scalars.map(Double.init), within: tolerance, name,
    sourceLocation: sourceLocation)
}

/// Expects a tensor to have the shape of a stored array and its numbers, within a relative difference.
public func expectClose(
  _ ours: Tensor, _ golden: NPYArray, within tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(ours.shape == golden.shape, "\(name)", sourceLocation: sourceLocation)
  expectClose(
    ours.scalars.map(Double.init), try golden.doubles, within: tolerance, name, sourceLocation: sourceLocation
  )
}
