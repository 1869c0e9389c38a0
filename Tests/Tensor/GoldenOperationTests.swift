import GraftTensor
import TestSupport
import Testing

/// Which cases of ops.npz are tested here.
private enum Coverage {
  /// Losses, which live in GraftMetrics and are tested there.
  static let losses: Set = [
    "bce_from_logits", "bce_from_logits_extreme", "bce_from_logits_soft_targets", "softmax_cross_entropy",
    "softmax_cross_entropy_one_hot", "softmax_cross_entropy_soft_targets",
    "bce_from_probabilities_keras2", "bce_from_probabilities_keras3", "bce_from_probabilities_mean",
    "categorical_cross_entropy_from_probabilities", "mean_squared_error",
  ]

  static func cases() throws -> [Golden.Case] {
    try Golden.cases(in: "ops").values.filter { !losses.contains($0.name) }
      .sorted { $0.name < $1.name }
  }
}

@Test func everyGoldenOperationIsTested() throws {
  let names = Set(try Golden.cases(in: "ops").keys)
  #expect(names.count == 103)
  #expect(Coverage.losses.isSubset(of: names))
  for golden in try Coverage.cases() {
    let operation = try golden.attributes(as: OperationAttributes.self).operation
    #expect(GoldenOperation(rawValue: operation) != nil, "\(golden.name): no test knows \(operation)")
  }
}

@Test(arguments: try Coverage.cases(), ConvolutionAlgorithm.allCases)
func outputsAndGradientsAreThoseOfTheFrameworks(golden: Golden.Case, algorithm: ConvolutionAlgorithm) throws {
  let attributes = try golden.attributes(as: OperationAttributes.self)
  let operation = try #require(GoldenOperation(rawValue: attributes.operation))
  // The algorithm concerns convolutions alone.
  if algorithm != .direct && !operation.isConvolution { return }
  let tape = Tape()
  let inputs = try Dictionary(
    uniqueKeysWithValues: attributes.inputs.map { ($0, tape.track(try golden.tensor($0))) })
  let output = try operation.run(inputs, attributes, algorithm)
  try expectClose(output, golden.array("output"), within: operation.tolerance, "\(golden.name) output")

  let gradients = try tape.gradients(of: output, startingFrom: golden.tensor("grad_output"))
  for name in attributes.gradients {
    let input = try #require(inputs[name])
    let gradient = try #require(
      gradients[input], "\(golden.name) has no gradient of \(name)")
    // Windows that overlap add up gradients, in another order than the frameworks; so does a pixel that was repeated.
    let addsUp = golden.name.hasPrefix("max_pool_3x3") || operation == .nearestResizing
    let tolerance = addsUp ? 1e-6 : operation.tolerance
    try expectClose(
      gradient, golden.array("grad_\(name)"), within: tolerance, "\(golden.name) gradient of \(name)")
  }
}
